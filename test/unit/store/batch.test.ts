import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

import type { Batch } from '../../../src/contract/batch.ts';
import { hasRuns, readBatch, readEntryRuns, writeBatch } from '../../../src/store/batch.ts';
import { fixturePlan, fixtureSummary } from '../report/summary-fixture.ts';
import { temporaryFolder } from './temporary-folder.ts';

const batch: Batch = {
  v: 1,
  name: 'night',
  entries: [{ id: 'a-openai-1', digest: 'd', directory: 'a-openai-1', asked: true, plan: fixturePlan }],
};

const text = (state: 'complete' | 'partial'): string => JSON.stringify(fixtureSummary({ state, directory: 'moved' }));

async function leave(folder: string, run: string, summary: string | null): Promise<void> {
  await mkdir(path.join(folder, run), { recursive: true });
  if (summary !== null) await writeFile(path.join(folder, run, 'summary.json'), summary);
}

test('batch.json is read back as it was written, its folders made and its secrets masked', async () => {
  const folder = path.join(await temporaryFolder(), 'batch', 'night');
  expect(await readBatch(folder)).toBeNull();
  const engine = { ...fixturePlan.engine, apiKey: 'sk-secret' };
  const [entry] = batch.entries;
  if (entry === undefined) throw new Error('no entry');
  await writeBatch(folder, {
    ...batch,
    entries: [{ ...entry, plan: { ...fixturePlan, engine } }],
  });
  expect(await readFile(path.join(folder, 'batch.json'), 'utf8')).not.toContain('sk-secret');
  expect(await readBatch(folder)).toMatchObject({
    ...batch,
    entries: [{ ...entry, plan: { model: fixturePlan.model } }],
  });
});

test('a batch.json of another version, or of no form that is known, is refused with what to do', async () => {
  const folder = await temporaryFolder();
  await writeFile(path.join(folder, 'batch.json'), '{"v": 2}');
  await expect(readBatch(folder)).rejects.toThrow(/has version 2; this Tokometer reads version 1/);
  for (const broken of ['{"v": 1, "name": 3}', '{"v": 1']) {
    await writeFile(path.join(folder, 'batch.json'), broken);
    await expect(readBatch(folder)).rejects.toMatchObject({
      code: 'E_RUN_DIRECTORY',
      hint: expect.stringMatching(/remove/),
    });
  }
});

test('the folders of an entry tell its runs: oldest first, a run without a whole summary is none', async () => {
  const folder = await temporaryFolder();
  const entry = { directory: 'a' };
  expect(await hasRuns(folder, entry)).toBe(false);
  expect(await readEntryRuns(folder, entry)).toEqual([]);
  const at = path.join(folder, 'a');
  await leave(at, '20260131_120001_10', text('complete'));
  await leave(at, '20260131_120001_2', text('partial'));
  await leave(at, '20260131_120001', text('complete'));
  await leave(at, '20260131_110000', '{"v": 1, "rows"');
  await leave(at, '20260131_100000', null);
  await writeFile(path.join(at, 'notes.txt'), 'a file beside the runs');
  const runs = await readEntryRuns(folder, entry);
  expect(runs.map(({ directory, summary }) => [path.basename(directory), summary.state])).toEqual([
    ['20260131_120001', 'complete'],
    ['20260131_120001_2', 'partial'],
    ['20260131_120001_10', 'complete'],
  ]);
  // A batch that was moved is read where it lies now.
  expect(runs[0]?.summary.directory).toBe(path.join(at, '20260131_120001'));
  expect(await hasRuns(folder, entry)).toBe(true);
});

test('a folder that cannot be written is told', async () => {
  const file = path.join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  await expect(writeBatch(path.join(file, 'night'), batch)).rejects.toMatchObject({ code: 'E_OUTPUT' });
});
