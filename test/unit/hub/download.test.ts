import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type HubServer, startHubServer } from '../../support/hub-server.ts';
import { gitHash, locate, modelFiles, modelName, namesBelow, sha256, shard, temporaryFolder } from './model-files.ts';
import { wantedNames, writeFiles } from './model-files.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let hub: HubServer;
let home: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  home = join(folder.path, 'home');
  await writeFiles(join(folder.path, 'model'), modelFiles);
  hub = await startHubServer({ models: { [modelName]: join(folder.path, 'model') }, pageSize: 4 });
});

afterEach(async () => {
  await hub.close();
  await folder.remove();
});

describe.each(['huggingface', 'modelscope'] as const)('%s', (name) => {
  test('brings what an engine needs, whole, and nothing else', async () => {
    const { model, states } = await locate(home, hub.environment, { hub: name });
    expect(await namesBelow(model.path)).toEqual(wantedNames);
    for (const path of wantedNames) {
      expect(sha256(await readFile(join(model.path, path))), path).toBe(sha256(modelFiles[path] ?? ''));
    }
    const bytes = wantedNames.reduce((sum, path) => sum + Buffer.byteLength(modelFiles[path] ?? ''), 0);
    expect(model).toMatchObject({ source: name, fromCache: false, bytes });
    expect(states.at(-1)).toEqual({
      files: wantedNames.length,
      filesDone: wantedNames.length,
      bytes,
      bytesDone: bytes,
    });
    expect(states.map(({ bytesDone }) => bytesDone)).toEqual(
      states.map(({ bytesDone }) => bytesDone).toSorted((a, b) => a - b),
    );
  });

  test('reads no file a second time', async () => {
    const first = await locate(home, hub.environment, { hub: name });
    const readings = hub.fileReadings().length;
    // An empty file needs no reading.
    expect(readings).toBe(wantedNames.length - 1);
    const second = await locate(home, hub.environment, { hub: name });
    expect(second.model).toEqual({ ...first.model, fromCache: true });
    expect(hub.fileReadings()).toHaveLength(readings);
  });

  test('brings configuration and tokenizer alone', async () => {
    const { model } = await locate(home, hub.environment, { hub: name, need: 'config' });
    expect(await namesBelow(model.path)).toEqual(wantedNames.filter((path) => !path.includes('safetensors')));
    const whole = await locate(home, hub.environment, { hub: name });
    expect(await namesBelow(whole.model.path)).toEqual(wantedNames);
    expect(
      hub.fileReadings().filter(({ path, query }) => `${path} ${query.get('FilePath')}`.includes('config.json')),
    ).toHaveLength(3);
  });

  test('sends credentials to the hub and to no one else', async () => {
    await locate(home, { ...hub.environment, HF_TOKEN: 'open', MODELSCOPE_API_TOKEN: 'open' }, { hub: name });
    const sent = (server: string): (string | null)[] => [
      ...new Set(hub.requests.filter((request) => request.server === server).map(({ authorization }) => authorization)),
    ];
    expect(sent('hub')).toEqual(['Bearer open']);
    expect(sent('content')).toEqual([null]);
    const cookies = new Set(hub.requests.filter(({ server }) => server === 'hub').map(({ cookie }) => cookie));
    expect([...cookies]).toEqual([name === 'modelscope' ? 'm_session_id=open' : null]);
  });
});

test("lays the cache out as Hugging Face's own clients do", async () => {
  const { model } = await locate(home, hub.environment, { revision: 'main' });
  const commit = await hub.commit(modelName);
  const root = join(home, '.cache/huggingface/hub');
  const repository = join(root, 'models--Qwen--Tiny-0.5B');
  expect(model).toMatchObject({ path: join(repository, 'snapshots', commit), revision: commit });
  expect(await readFile(join(repository, 'refs/main'), 'utf8')).toBe(commit);
  expect(await readFile(join(root, 'CACHEDIR.TAG'), 'utf8')).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
  expect(await readlink(join(model.path, shard))).toBe(`../../blobs/${sha256(modelFiles[shard] ?? '')}`);
  expect(await readlink(join(model.path, 'config.json'))).toBe(
    `../../blobs/${gitHash(modelFiles['config.json'] ?? '')}`,
  );
  const others = (await namesBelow(root)).filter((path) => !path.includes('/blobs/') && !path.includes('/snapshots/'));
  expect(others).toEqual(['CACHEDIR.TAG', 'models--Qwen--Tiny-0.5B/refs/main']);
  expect((await namesBelow(join(repository, 'blobs'))).filter((path) => !/^[0-9a-f]{40,64}$/.test(path))).toEqual([]);
});

test('a commit needs no branch, and leaves none', async () => {
  const commit = await hub.commit(modelName);
  const { model } = await locate(home, hub.environment, { revision: commit });
  expect(model.revision).toBe(commit);
  expect(hub.requests.some(({ path }) => path.includes('/revision/'))).toBe(false);
  expect((await namesBelow(join(model.path, '../..'))).filter((path) => path.startsWith('refs'))).toEqual([]);
});

test("lays the cache out as ModelScope's own client does", async () => {
  const { model } = await locate(home, hub.environment, { hub: 'modelscope' });
  expect(model.path).toBe(join(home, '.cache/modelscope/models/Qwen--Tiny-0.5B/snapshots/master'));
  expect((await lstat(join(model.path, shard))).isFile()).toBe(true);
  expect(model.revision).toBe('master');
});

test('a branch that moved on brings what changed, and links the rest', async () => {
  await locate(home, hub.environment);
  await hub.close();
  await writeFiles(join(folder.path, 'model'), { 'config.json': '{"model_type":"qwen3"}' });
  hub = await startHubServer({ models: { [modelName]: join(folder.path, 'model') } });
  const { model } = await locate(home, hub.environment);
  expect(hub.fileReadings().map(({ path }) => path.split('/').at(-1))).toEqual(['config.json']);
  expect(model.revision).toBe(await hub.commit(modelName));
  expect(await namesBelow(model.path)).toEqual(wantedNames);
});

test('a changed file of the same length is found on ModelScope, by its digest', async () => {
  await locate(home, hub.environment, { hub: 'modelscope' });
  await hub.close();
  await writeFiles(join(folder.path, 'model'), { 'config.json': '{"model_type":"qwen3"}' });
  hub = await startHubServer({ models: { [modelName]: join(folder.path, 'model') } });
  const { model } = await locate(home, hub.environment, { hub: 'modelscope' });
  expect(hub.fileReadings().map(({ query }) => query.get('FilePath'))).toEqual(['config.json']);
  expect(await readFile(join(model.path, 'config.json'), 'utf8')).toBe('{"model_type":"qwen3"}');
});

test('walks a ModelScope listing that is cut', async () => {
  const many = Object.fromEntries(Array.from({ length: 3100 }, (_, index) => [`a/${index % 7}/${index}.txt`, '']));
  await writeFiles(join(folder.path, 'model'), many);
  const { model } = await locate(home, hub.environment, { hub: 'modelscope' });
  expect(await namesBelow(model.path)).toEqual(wantedNames);
  expect(hub.requests.some(({ query }) => query.get('Root') === 'a/3')).toBe(true);
});
