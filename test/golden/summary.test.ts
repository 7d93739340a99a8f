import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { summarySchema } from '../../src/contract/schema/summary.ts';
import { summarize } from '../../src/metrics/summarize.ts';
import { readRun } from '../../src/store/read-run.ts';
import { jsonText, writeRunFile } from '../../src/store/run-file.ts';
import { writeScriptedRun } from './scripted-run.ts';

// A change of a formula, of a text or of the file format shows here as a difference of bytes. When it is wanted:
// GOLDEN=write npx vitest run test/golden, and look at the difference before it is committed.
const golden = path.join(import.meta.dirname, 'run');

async function summaryText(directory: string): Promise<string> {
  const { plan, environment, engine, workload, protocol, records } = await readRun(directory);
  const cells = workload?.cells ?? plan.cells;
  const facts = { plan, cells, environment, engine, workload, protocol, records };
  return jsonText(summarize({ ...facts, directory: 'outputs/golden', state: 'partial' }));
}

if (process.env['GOLDEN'] === 'write') {
  await mkdir(golden, { recursive: true });
  await writeScriptedRun(golden);
  await writeRunFile(golden, 'summary.json', await summaryText(golden));
}

test('the golden run gives its summary, byte for byte', async () => {
  expect(await summaryText(golden)).toBe(await readFile(path.join(golden, 'summary.json'), 'utf8'));
});

test('the golden summary passes its schema', async () => {
  const json: unknown = JSON.parse(await readFile(path.join(golden, 'summary.json'), 'utf8'));
  expect(jsonText(summarySchema.parse(json))).toHaveLength(jsonText(json).length);
});

test('the store writes the golden run, byte for byte', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-golden-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeScriptedRun(folder);
  const names = (await readdir(golden)).filter((name) => name !== 'summary.json');
  expect((await readdir(folder)).toSorted()).toEqual(names.toSorted());
  for (const name of names) {
    expect(await readFile(path.join(folder, name), 'utf8'), name).toBe(await readFile(path.join(golden, name), 'utf8'));
  }
});
