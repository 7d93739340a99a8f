// Where results go: one JSON file a comparison and day, and a block of docs/benchmarks.md between its markers.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { startRunClock } from '../../dist/base/clock.js';
import { readMachineFacts } from '../../dist/telemetry/machine-facts.js';
import { ratioText, verdictText } from './compare.js';

const root = path.join(import.meta.dirname, '../..');
const page = path.join(root, 'docs/benchmarks.md');

/** What is kept of the machine; nothing of its paths. */
export async function machineOf() {
  const facts = await readMachineFacts(startRunClock(), []);
  const { tokometer, node, os, kernel, architecture, hostCpu, cores, memoryBytes, container, loadAverage } = facts;
  return { tokometer, node, os, kernel, architecture, hostCpu, cores, memoryBytes, container, loadAverage };
}

export function tableOf({ title, engine, how, comparisons }, machine, date) {
  const rows = comparisons.map((one) => {
    const cells = [one.what, one.n, one.productMs.toFixed(2), one.otherMs.toFixed(2), ratioText(one), verdictText(one)];
    return `| ${cells.join(' | ')} |`;
  });
  const load = (machine.loadAverage[0] ?? 0).toFixed(1);
  return [
    `**${title}**: ${engine}; ${how}.`,
    '',
    `${date}; Tokometer ${machine.tokometer}, Node ${machine.node}, ${machine.hostCpu}, ${machine.cores} cores, load ${load} before.`,
    '',
    '| what | n | Tokometer, ms | other, ms | ratio of times (95 % interval) | verdict |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Writes both files; returns the path of the JSON file. */
export function writeResults({ name, date, result, machine }) {
  const file = writeJson(`${date}-pairs-${name}`, { v: 1, name, date, machine, ...result });
  writeBlock(`pairs:${name}`, tableOf(result, machine, date));
  return file;
}

/** Writes a file of bench/results; returns its path. */
export function writeJson(name, content) {
  const folder = path.join(root, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  return file;
}

/** Puts a text between the markers of that name in docs/benchmarks.md. */
export function writeBlock(name, text) {
  if (!existsSync(page)) throw new Error('there is no docs/benchmarks.md');
  const before = readFileSync(page, 'utf8');
  const block = new RegExp(`(<!-- ${name} begin -->\n)[^]*?(<!-- ${name} end -->)`);
  if (!block.test(before)) throw new Error(`docs/benchmarks.md has no markers ${name}`);
  writeFileSync(
    page,
    before.replace(block, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
  );
}
