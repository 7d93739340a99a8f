import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

import { openRunStore } from '../../../src/store/run-store.ts';
import { readRun } from '../../../src/store/read-run.ts';
import { writeRunFile } from '../../../src/store/run-file.ts';
import { engine, environment, plan, scriptedRecord, workload } from '../metrics/scripted-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('a store', () => {
  test('keeps records in order, and after a flush they are in the file', async () => {
    const folder = await temporaryFolder();
    const store = await openRunStore(folder);
    for (let id = 0; id < 100; id++) store.appendRecord(scriptedRecord({ tokens: 300 }, { id }));
    await store.flush();
    const ids = (await readFile(path.join(folder, 'records.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(ids.map((line) => (/"id":(\d+)/.exec(line) ?? [])[1])).toEqual(ids.map((_, index) => String(index)));
    expect(ids).toHaveLength(100);
    store.appendRecord(scriptedRecord({}, { id: 100 }));
    await store.close();
    await store.flush();
    expect((await readFile(path.join(folder, 'records.jsonl'), 'utf8')).split('\n')).toHaveLength(102);
  });

  test('returns from an append before it encodes or writes', async () => {
    const folder = await temporaryFolder();
    const store = await openRunStore(folder);
    let reads = 0;
    const record = scriptedRecord({ tokens: 200_000 });
    const { chunkNs } = record;
    Object.defineProperty(record, 'chunkNs', { enumerable: true, get: () => (reads++, chunkNs) });
    store.appendRecord(record);
    await Promise.resolve();
    expect(reads).toBe(0);
    expect((await stat(path.join(folder, 'records.jsonl'))).size).toBe(0);
    await store.close();
    expect((await stat(path.join(folder, 'records.jsonl'))).size).toBeGreaterThan(1e6);
  });

  test('reads back what it wrote, secrets masked', async () => {
    const folder = await temporaryFolder();
    const store = await openRunStore(folder);
    await store.writePlan(plan);
    await store.writeEnvironment(environment);
    await store.writeEngine(engine);
    await store.writeWorkload(workload);
    store.appendRecord(scriptedRecord());
    await store.close();
    expect((await readdir(folder)).toSorted()).toEqual([
      'engine.json',
      'environment.json',
      'plan.json',
      'records.jsonl',
      'workload.json',
    ]);
    for (const name of await readdir(folder)) {
      expect(await readFile(path.join(folder, name), 'utf8')).not.toMatch(/very-secret|also-secret/);
    }
    const run = await readRun(folder);
    expect(run.plan).toEqual({
      ...plan,
      engine: { ...plan.engine, apiKey: '***', headers: { 'X-Api-Key': '***', 'X-Trace': 'on' } },
    });
    expect(run.environment?.commandLine).toEqual(environment.commandLine.with(3, '***'));
    expect(run).toMatchObject({ engine, workload, records: [scriptedRecord()], damage: null });
  });
});

const hasLimits = spawnSync('prlimit', ['--version']).status === 0;

describe('when it cannot write', () => {
  test('a full disk shows at opening', async () => {
    const folder = await temporaryFolder();
    await symlink('/dev/full', path.join(folder, 'records.jsonl'));
    await expect(openRunStore(folder)).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      exitCode: 3,
      message: expect.stringMatching(/records\.jsonl.*ENOSPC/),
      hint: expect.stringContaining('--outputs-dir'),
    });
  });

  test('a folder that is gone shows at opening', async () => {
    await expect(openRunStore(path.join(await temporaryFolder(), 'gone'))).rejects.toMatchObject({
      code: 'E_OUTPUT',
      message: expect.stringMatching(/gone.*ENOENT/),
    });
  });

  test.runIf(hasLimits)('a write that fails mid-run says how many records are safe, and they are', async () => {
    const folder = await temporaryFolder();
    const store = await openRunStore(folder);
    await store.writePlan(plan);
    for (let id = 0; id < 3; id++) {
      store.appendRecord(scriptedRecord({}, { id }));
      await store.flush();
    }
    expect(store.failed()).toBeNull();
    // A limit on the size of files stands in for the disk: the kernel cuts the next write in the middle.
    const { size } = await stat(path.join(folder, 'records.jsonl'));
    limitFileSize(String(size + 500));
    try {
      store.appendRecord(scriptedRecord({ tokens: 2000 }, { id: 3 }));
      store.appendRecord(scriptedRecord({}, { id: 4 }));
      await expect(store.flush()).rejects.toMatchObject({
        code: 'E_OUTPUT',
        message: expect.stringMatching(/records\.jsonl.*EFBIG.*3 records are safe/),
      });
    } finally {
      limitFileSize('unlimited');
    }
    expect(store.failed()).toMatchObject({ code: 'E_OUTPUT' });
    store.appendRecord(scriptedRecord({}, { id: 5 }));
    await store.close();
    const run = await readRun(folder);
    expect(run.records.map((record) => record.id)).toEqual([0, 1, 2]);
    expect(run.damage).toMatch(/cut off after 500 bytes/);
  });

  test.runIf(hasLimits)('an error that no flush has thrown comes with close', async () => {
    const folder = await temporaryFolder();
    const store = await openRunStore(folder);
    limitFileSize('100');
    try {
      store.appendRecord(scriptedRecord());
      await expect(store.close()).rejects.toMatchObject({ message: expect.stringContaining('0 records are safe') });
    } finally {
      limitFileSize('unlimited');
    }
  });
});

test('a whole file replaces the old one at once and leaves no part behind', async () => {
  const folder = await temporaryFolder();
  await writeRunFile(folder, 'summary.json', 'old');
  await writeRunFile(folder, 'summary.json', 'new');
  expect(await readFile(path.join(folder, 'summary.json'), 'utf8')).toBe('new');
  await mkdir(path.join(folder, 'report.html'));
  await expect(writeRunFile(folder, 'report.html', 'text')).rejects.toMatchObject({ code: 'E_OUTPUT' });
  expect((await readdir(folder)).toSorted()).toEqual(['report.html', 'summary.json']);
});

// The soft limit of this process alone; the hard one stays, so that it can be taken back.
function limitFileSize(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}
