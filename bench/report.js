// What report.html costs for a run of many requests (after npm run build):
//
//   node bench/report.js [requests=10000] [tokens=64]
//
// A short load on the reference engine gives plan, engine and the form of a record; the records are then drawn anew, so many of them.
// Prints how large the page is, how long it takes to be made, and in a headless Chromium, off the network, from the start of its
// navigation to all charts drawn and painted.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { seededRandom } from '../dist/base/random.js';
import { render } from '../dist/report/render.js';
import { readSummary } from '../dist/run/summarize-directory.js';
import { openBrowser } from './harness/browser.js';

const requests = Number(process.argv[2] ?? 10_000);
const tokens = Number(process.argv[3] ?? 64);
const loads = [16, 32, 64, 128];
const mostBytes = 1_500_000;
const mostMs = 1000;
const rounds = 5;
const bin = join(import.meta.dirname, '..', 'dist', 'bin.js');

function tokometer(...words) {
  const ended = spawnSync(process.execPath, [bin, ...words], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ended.status !== 0) throw new Error(ended.stderr);
  return ended.stdout;
}

function template(folder) {
  const words = [
    '--api',
    'reference',
    '--itl-ms',
    '1',
    '--prompt',
    'hello',
    '--max-tokens',
    String(tokens),
    '--name',
    'run',
  ];
  const parallel = ['--parallel', ...loads.map(String), '--number', ...loads.map(String)];
  const limits = ['--slo', 'ttft<=100ms', 'latency<=1s'];
  tokometer('perf', ...words, ...parallel, ...limits, '--outputs-dir', folder);
  const [directory] = readdirSync(join(folder, 'run'));
  return join(folder, 'run', directory);
}

/** The lines of the run: stamps in the form of records.jsonl, the first one whole and the others as differences. */
function* lines(directory) {
  const records = readFileSync(join(directory, 'records.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const random = seededRandom('bench report');
  let atNs = 1e9;
  let id = 0;
  for (const cell of new Set(records.map((record) => record.cell))) {
    const form = records.find((record) => record.cell === cell && record.phase === 'measured');
    for (let request = 0; request < requests / loads.length; request++) {
      const firstNs = atNs + 2e7 + random.nextBelow(1e8);
      const gaps = Array.from({ length: tokens - 1 }, () => 2e6 + random.nextBelow(8e6));
      const endNs = gaps.reduce((sum, gap) => sum + gap, firstNs) + 1e5;
      const chunkNs = [firstNs, ...gaps];
      yield JSON.stringify({ ...form, id: id++, dueNs: atNs, sentNs: atNs, chunkNs, chunkTokens: undefined, endNs });
      atNs += 2e6 + random.nextBelow(4e6);
    }
  }
}

/** The page of what was read, a second time: the first one reads the script. */
async function renderMs(directory) {
  const { summary, ...context } = await readSummary(directory, { withDetails: true });
  render(summary, 'html', context);
  const before = performance.now();
  render(summary, 'html', context);
  return performance.now() - before;
}

async function timeInBrowser(browser, file) {
  const times = [];
  let charts = 0;
  for (let round = 0; round < rounds; round++) {
    const page = await browser.open(`file://${file}`);
    const painted = 'new Promise((done) => requestAnimationFrame(() => setTimeout(done)))';
    await page.evaluate(painted);
    times.push(await page.evaluate(`performance.getEntriesByName('charts-drawn')[0].startTime`));
    charts = await page.evaluate(`document.querySelectorAll('svg.plot').length`);
    await page.close();
  }
  return { ms: times.toSorted((one, other) => one - other)[Math.floor(rounds / 2)], charts };
}

const folder = mkdtempSync(join(tmpdir(), 'tokometer-bench-'));
const browser = await openBrowser();
try {
  const directory = template(folder);
  writeFileSync(join(directory, 'records.jsonl'), `${[...lines(directory)].join('\n')}\n`);
  const before = performance.now();
  tokometer('report', directory, '--write');
  const madeMs = performance.now() - before;
  const file = join(directory, 'report.html');
  const { size } = statSync(file);
  console.log(`${requests} requests of ${tokens} tokens`);
  console.log(`page        ${size} bytes, at most ${mostBytes}`);
  console.log(`rendered in ${(await renderMs(directory)).toFixed(0)} ms`);
  console.log(
    `made in     ${madeMs.toFixed(0)} ms, with the start of the program, all records read, and the other files written`,
  );
  if (browser === null) console.log('drawn       not measured: no Chromium here');
  else {
    const { ms, charts } = await timeInBrowser(browser, file);
    console.log(
      `drawn in    ${ms.toFixed(0)} ms, ${charts} charts, from the start of the navigation, median of ${rounds}; at most ${mostMs}`,
    );
    if (ms > mostMs) process.exitCode = 1;
  }
  if (size > mostBytes) process.exitCode = 1;
} finally {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}
