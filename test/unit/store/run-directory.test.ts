import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

import { createRunDirectory, removeRunDirectory } from '../../../src/store/run-directory.ts';
import type { RunPlace } from '../../../src/store/run-directory.ts';
import { openRunStore } from '../../../src/store/run-store.ts';
import { plan, scriptedRecord } from '../metrics/scripted-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

const now = new Date(2026, 10, 21, 9, 5, 7);

async function place(fields: Partial<RunPlace> = {}): Promise<RunPlace> {
  return { outputs: await temporaryFolder(), model: 'Qwen/Qwen2.5-7B', name: null, timestamp: true, now, ...fields };
}

describe('createRunDirectory', () => {
  test.each([
    ['Qwen/Qwen2.5-7B-Instruct', null, 'Qwen2.5-7B-Instruct'],
    ['/models/qwen2.5-0.5b-q8_0.GGUF', null, 'qwen2.5-0.5b-q8_0'],
    ['C:\\models\\tiny.gguf', null, 'tiny'],
    ['/models/folder/', null, 'folder'],
    ['qwen2.5', 'nightly: a/b', 'nightly_ a_b'],
    ['../..', null, '_'],
    ['', null, '_'],
  ])('model %j, name %j: folder %j', async (model, name, folder) => {
    const where = await place({ model, name });
    expect(await createRunDirectory(where)).toBe(path.join(where.outputs, folder, '20261121_090507'));
    expect(await readdir(path.join(where.outputs, folder))).toEqual(['20261121_090507']);
  });

  test('runs of one second never share a folder, also when they start at once', async () => {
    const where = await place();
    const made = await Promise.all(Array.from({ length: 8 }, () => createRunDirectory(where)));
    expect(new Set(made).size).toBe(8);
    expect(made.map((folder) => path.basename(folder)).toSorted()).toContain('20261121_090507_8');
  });

  test('without a timestamp, a folder that holds a run is refused with what helps', async () => {
    const where = await place({ timestamp: false });
    const folder = await createRunDirectory(where);
    expect(folder).toBe(path.join(where.outputs, 'Qwen2.5-7B'));
    expect(await createRunDirectory(where)).toBe(folder);
    await writeFile(path.join(folder, 'plan.json'), '{}');
    await expect(createRunDirectory(where)).rejects.toMatchObject({
      code: 'E_RUN_DIRECTORY',
      exitCode: 2,
      message: expect.stringContaining(folder),
      hint: expect.stringMatching(/--name.*--outputs-dir/),
    });
  });

  test('a place that cannot be written says which and why', async () => {
    const where = await place();
    const file = path.join(where.outputs, 'file');
    await writeFile(file, '');
    await expect(createRunDirectory({ ...where, outputs: path.join(file, 'sub') })).rejects.toMatchObject({
      code: 'E_OUTPUT',
      exitCode: 3,
      message: expect.stringMatching(/file.*ENOTDIR/),
      hint: expect.stringContaining('--outputs-dir'),
    });
  });
});

describe('removeRunDirectory', () => {
  test('takes an empty run back, its model folder included', async () => {
    const where = await place();
    const folder = await createRunDirectory(where);
    const store = await openRunStore(folder);
    await store.writePlan(plan);
    await removeRunDirectory(folder);
    await store.close();
    expect(await readdir(where.outputs)).toEqual([]);
  });

  test('never touches records, nor what is not its own', async () => {
    const where = await place();
    const recorded = await createRunDirectory(where);
    const store = await openRunStore(recorded);
    await store.writePlan(plan);
    store.appendRecord(scriptedRecord());
    await store.close();
    await removeRunDirectory(recorded);
    expect((await readdir(recorded)).toSorted()).toEqual(['plan.json', 'records.jsonl']);

    const shared = await createRunDirectory({ ...where, timestamp: false });
    await mkdir(path.join(shared, 'mine'));
    await removeRunDirectory(shared);
    expect((await readdir(shared)).toSorted()).toEqual([path.basename(recorded), 'mine'].toSorted());
  });
});
