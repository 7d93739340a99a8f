import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type HubServer, startHubServer } from '../../support/hub-server.ts';
import { gitHash, locate, modelFiles, modelName, sha256, shard, temporaryFolder, wantedNames } from './model-files.ts';
import { writeFiles } from './model-files.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let hub: HubServer;
let home: string;
let commit: string;
const offline = { HF_HUB_OFFLINE: '1' };
const wanted = Object.fromEntries(Object.entries(modelFiles).filter(([path]) => wantedNames.includes(path)));

beforeEach(async () => {
  folder = await temporaryFolder();
  home = join(folder.path, 'home');
  await writeFiles(join(folder.path, 'model'), modelFiles);
  hub = await startHubServer({ models: { [modelName]: join(folder.path, 'model') } });
  commit = await hub.commit(modelName);
});

afterEach(async () => {
  await hub.close();
  await folder.remove();
});

const isLarge = (body: Buffer | string): boolean => Buffer.byteLength(body) >= 4096;
const blobName = (body: Buffer | string): string => (isLarge(body) ? sha256(body) : gitHash(body));

/** Lays files out by the rules of Hugging Face's Python client. */
async function writeHuggingFaceCache(root: string, files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const repository = join(root, 'models--Qwen--Tiny-0.5B');
  for (const [path, body] of Object.entries(files)) {
    const blob = join(repository, 'blobs', blobName(body));
    const pointer = join(repository, 'snapshots', commit, path);
    await mkdir(dirname(blob), { recursive: true });
    await mkdir(dirname(pointer), { recursive: true });
    await writeFile(blob, body);
    await symlink(relative(dirname(pointer), blob), pointer);
  }
  await writeFiles(repository, { 'refs/main': commit });
  return repository;
}

const treeOf = (files: Readonly<Record<string, Buffer | string>>): string =>
  JSON.stringify({
    format_version: 1,
    files: Object.fromEntries(
      Object.entries(files).map(([path, body]) => {
        const size = Buffer.byteLength(body);
        const large = isLarge(body) ? { lfs_sha256: sha256(body), lfs_size: size } : {};
        return [path, { size, blob_id: gitHash(body), ...large }];
      }),
    ),
  });

describe("Hugging Face's", () => {
  test.each([
    ['HF_HUB_CACHE', (path: string) => ({ HF_HUB_CACHE: path, HF_HOME: '/nowhere' })],
    ['HUGGINGFACE_HUB_CACHE', (path: string) => ({ HUGGINGFACE_HUB_CACHE: path, HF_HOME: '/nowhere' })],
    ['HF_HOME', (path: string) => ({ HF_HOME: dirname(path), XDG_CACHE_HOME: '/nowhere' })],
    ['XDG_CACHE_HOME', (path: string) => ({ XDG_CACHE_HOME: dirname(dirname(path)) })],
  ] as const)('is found by %s', async (_, environment) => {
    const root = join(folder.path, 'huggingface/hub');
    const repository = await writeHuggingFaceCache(root, wanted);
    const { model } = await locate(home, { ...offline, ...environment(root) });
    expect(model).toMatchObject({ path: join(repository, 'snapshots', commit), revision: commit, fromCache: true });
  });

  test('is filled up with what it lacks alone', async () => {
    const root = join(home, '.cache/huggingface/hub');
    const { [shard]: _, ...others } = wanted;
    await writeHuggingFaceCache(root, others);
    await expect(locate(home, offline)).rejects.toThrow(/cache lacks model-00001-of-00002\.safetensors$/);
    await locate(home, hub.environment);
    expect(hub.fileReadings()).toHaveLength(1);
    await expect(locate(home, offline)).resolves.toMatchObject({ model: { fromCache: true } });
  });

  test('a blob without its link is linked, a link without its blob is fetched', async () => {
    const repository = await writeHuggingFaceCache(join(home, '.cache/huggingface/hub'), wanted);
    await rm(join(repository, 'snapshots', commit, shard));
    await rm(join(repository, 'blobs', blobName(modelFiles['config.json'] ?? '')));
    await locate(home, hub.environment);
    expect(hub.fileReadings().map(({ path }) => path.split('/').at(-1))).toEqual(['config.json']);
    await expect(locate(home, offline)).resolves.toMatchObject({ model: { fromCache: true } });
  });

  test('its own listing tells what is missing to the byte', async () => {
    const repository = await writeHuggingFaceCache(join(home, '.cache/huggingface/hub'), wanted);
    await writeFiles(repository, { [`trees/${commit}.json`]: treeOf(modelFiles) });
    await expect(locate(home, offline)).resolves.toMatchObject({ model: { fromCache: true } });
    await writeFiles(repository, { [`trees/${commit}.json`]: treeOf({ ...modelFiles, 'extra.json': '{}' }) });
    await expect(locate(home, offline)).rejects.toThrow(/cache lacks extra\.json$/);
  });
});

describe("ModelScope's", () => {
  test.each([
    ['of today', '.cache/modelscope/models/Qwen--Tiny-0.5B/snapshots/master', {}],
    ['with the only snapshot', '.cache/modelscope/models/Qwen--Tiny-0.5B/snapshots/v1.0', {}],
    ['of before 1.38', '.cache/modelscope/hub/models/Qwen/Tiny-0___5B', {}],
    ['of before 1.38, moved', 'moved/models/Qwen/Tiny-0___5B', { MODELSCOPE_CACHE: '~/moved' }],
  ] as const)('%s is found', async (_, path, environment) => {
    await writeFiles(join(home, path), wanted);
    const { model } = await locate(home, { ...offline, ...environment }, { hub: 'modelscope' });
    expect(model).toMatchObject({ path: join(home, path), source: 'modelscope', fromCache: true });
  });

  test('of before 1.38 goes on being used, and what it lacks comes into it', async () => {
    const path = join(home, '.cache/modelscope/hub/models/Qwen/Tiny-0___5B');
    const { [shard]: _, ...others } = wanted;
    await writeFiles(path, others);
    const { model } = await locate(home, hub.environment, { hub: 'modelscope' });
    expect(model.path).toBe(path);
    expect(hub.fileReadings()).toHaveLength(1);
    expect(await readdir(join(home, '.cache/modelscope'))).not.toContain('models');
  });

  test('is verified once, and a file that is not as listed is fetched', async () => {
    const path = join(home, '.cache/modelscope/models/Qwen--Tiny-0.5B/snapshots/master');
    await writeFiles(path, { ...wanted, [shard]: Buffer.alloc(3_000_000) });
    const first = await locate(home, hub.environment, { hub: 'modelscope' });
    expect(hub.fileReadings().map(({ query }) => query.get('path'))).toEqual([shard]);
    const second = await locate(home, hub.environment, { hub: 'modelscope' });
    expect([first.model.fromCache, second.model.fromCache]).toEqual([false, true]);
  });
});
