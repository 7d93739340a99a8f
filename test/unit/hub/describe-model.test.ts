import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeModel } from '../../../src/hub/describe-model.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-describe-'));
});
afterAll(() => rm(folder, { recursive: true }));

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

test('small files are hashed whole, large ones from their beginning, and only what an engine reads is listed', async () => {
  const model = path.join(folder, 'plain');
  await mkdir(model);
  await writeFile(path.join(model, 'config.json'), '{}');
  await writeFile(path.join(model, 'README.md'), 'words');
  const weights = path.join(model, 'model.safetensors');
  await writeFile(weights, 'header');
  await truncate(weights, 40 * 2 ** 20);
  const head = Buffer.alloc(4 * 2 ** 20);
  head.write('header');
  expect(await describeModel(model)).toEqual([
    { path: 'config.json', bytes: 2, modifiedAt: expect.any(String), digest: sha256('{}'), method: 'sha256' },
    {
      path: 'model.safetensors',
      bytes: 40 * 2 ** 20,
      modifiedAt: expect.any(String),
      digest: sha256(head),
      method: 'head-sha256',
    },
  ]);
  const [alone] = await describeModel(path.join(model, 'config.json'));
  expect(alone).toMatchObject({ path: 'config.json', digest: sha256('{}') });
});

test("of a hub's cache the digests are those that its files are named by", async () => {
  const cache = path.join(folder, 'models--a--b');
  const snapshot = path.join(cache, 'snapshots', 'c'.repeat(40));
  const [large, small] = ['d'.repeat(64), 'e'.repeat(40)];
  await mkdir(path.join(cache, 'blobs'), { recursive: true });
  await mkdir(snapshot, { recursive: true });
  for (const [name, digest] of [
    ['model.safetensors', large],
    ['config.json', small],
  ] as const) {
    await writeFile(path.join(cache, 'blobs', digest), 'x');
    await symlink(path.join('..', '..', 'blobs', digest), path.join(snapshot, name));
  }
  expect(await describeModel(snapshot)).toMatchObject([
    { path: 'config.json', bytes: 1, digest: small, method: 'hub-git-sha1' },
    { path: 'model.safetensors', bytes: 1, digest: large, method: 'hub-sha256' },
  ]);
});

test('what is not there has no files', async () => {
  expect(await describeModel(path.join(folder, 'nowhere'))).toEqual([]);
});
