import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

import type { RequestRecord } from '../../../src/contract/record.ts';
import { readRecords } from '../../../src/store/read-records.ts';
import { readRun } from '../../../src/store/read-run.ts';
import { openRunStore } from '../../../src/store/run-store.ts';
import { engine, environment, plan, refused, scriptedRecord, workload } from '../metrics/scripted-run.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { encoded } from './encoded.ts';

const records = [
  scriptedRecord({ tokens: 3 }, { id: 0, chunkTokens: null }),
  scriptedRecord({ tokens: 3 }, { id: 1, chunkTokens: Uint32Array.of(1, 2, 3) }),
  scriptedRecord({ tokens: 0 }, { id: 2, outcome: { ...refused, message: 'größer als 熵' } }),
];

async function writtenRun(kept: readonly RequestRecord[] = records): Promise<string> {
  const folder = await temporaryFolder();
  const store = await openRunStore(folder);
  await store.writePlan(plan);
  await store.writeEnvironment(environment);
  await store.writeWorkload(workload);
  await store.writeEngine(engine);
  for (const record of kept) store.appendRecord(record);
  await store.close();
  return folder;
}

describe('a run that was killed', () => {
  test('at any byte of records.jsonl gives every whole record, and says what was cut', async () => {
    const folder = await writtenRun();
    const file = path.join(folder, 'records.jsonl');
    const bytes = await readFile(file);
    const lengths = records.map((record) => Buffer.byteLength(encoded(record)));
    for (let kept = 0; kept <= bytes.length; kept++) {
      await writeFile(file, bytes.subarray(0, kept));
      const run = await readRecords(folder);
      let whole = 0;
      let start = 0;
      for (const length of lengths) {
        if (kept < start + length) break;
        whole++;
        start += length + 1;
      }
      expect(run.records.map(encoded)).toEqual(records.slice(0, whole).map(encoded));
      const cut = Math.max(0, kept - start);
      expect(run.damage).toBe(
        cut === 0 ? null : `the last line of records.jsonl was cut off after ${cut} bytes and is left out`,
      );
    }
    await writeFile(file, bytes.subarray(0, bytes.length - 9));
    expect(await readRun(folder)).toMatchObject({
      plan: { v: 1 },
      records: records.slice(0, 2),
      damage: expect.stringMatching(/cut off/),
    });
  });

  test('before a file was written has null in its place', async () => {
    const folder = await writtenRun();
    for (const name of ['environment.json', 'engine.json', 'workload.json', 'records.jsonl']) {
      await rm(path.join(folder, name));
    }
    expect(await readRun(folder)).toMatchObject({
      environment: null,
      engine: null,
      workload: null,
      records: [],
      damage: null,
    });
  });
});

describe('damage', () => {
  test('inside the file costs its line alone', async () => {
    const folder = await writtenRun();
    const file = path.join(folder, 'records.jsonl');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [lines[0], '\u0000\u0000', lines[1], '{"v":1}', '[]', '', lines[2], ''].join('\n'));
    const run = await readRun(folder);
    expect(run.records.map((record) => record.id)).toEqual([0, 1, 2]);
    expect(run.damage).toBe("3 lines of records.jsonl can't be read and are left out, the first is line 2");
  });

  test('of another file is said, with the field', async () => {
    const folder = await writtenRun();
    await writeFile(path.join(folder, 'engine.json'), '{"name":');
    await writeFile(path.join(folder, 'workload.json'), JSON.stringify({ ...workload, nonce: 7 }));
    const run = await readRun(folder);
    expect([run.engine, run.workload]).toEqual([null, null]);
    expect(run.damage).toMatch(/engine\.json is not JSON .*; workload\.json can't be read \(nonce: /);
    expect(run.records).toHaveLength(records.length);
  });

  test('lines longer than a read are whole', async () => {
    const long = scriptedRecord({ tokens: 250_000, itlMs: 12.345_678 }, { id: 9 });
    const run = await readRun(await writtenRun([...records, long, scriptedRecord({}, { id: 10 })]));
    expect(run.records.map((record) => record.id)).toEqual([0, 1, 2, 9, 10]);
    expect(run.records[3]?.chunkNs.at(-1)).toBeCloseTo(long.chunkNs.at(-1) ?? 0, -1);
  });
});

describe('a folder that is none of ours', () => {
  test('without a plan, or with another one', async () => {
    const folder = await temporaryFolder();
    await expect(readRun(folder)).rejects.toMatchObject({
      code: 'E_RUN_DIRECTORY',
      exitCode: 2,
      message: expect.stringMatching(/not a run directory: it has no plan\.json/),
    });
    await expect(readRun(path.join(folder, 'gone'))).rejects.toMatchObject({ code: 'E_RUN_DIRECTORY' });
    await writeFile(path.join(folder, 'plan.json'), '{"v":1,"model":"a"}');
    await expect(readRun(folder)).rejects.toMatchObject({ message: expect.stringContaining('plan.json') });
  });

  test.each([
    ['plan.json', { ...plan, v: 2 }],
    ['workload.json', { ...workload, v: 2 }],
    ['records.jsonl', { v: 2 }],
  ])('of another version in %s is refused with what helps', async (name, content) => {
    const folder = await writtenRun();
    await writeFile(path.join(folder, name), `${JSON.stringify(content)}\n`);
    await expect(readRun(folder)).rejects.toMatchObject({
      code: 'E_RUN_DIRECTORY',
      message: expect.stringMatching(/version 2; this Tokometer reads version 1/),
      hint: expect.stringContaining('environment.json'),
    });
  });
});
