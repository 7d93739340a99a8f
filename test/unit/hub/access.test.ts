import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type HubServer, startHubServer } from '../../support/hub-server.ts';
import {
  locate,
  modelFiles,
  modelName,
  namesBelow,
  shard,
  temporaryFolder,
  wantedNames,
  writeFiles,
} from './model-files.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let hub: HubServer;
let home: string;
/** Endpoints of a hub that is no longer there. */
let nobody: Readonly<Record<string, string>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  home = join(folder.path, 'home');
  await writeFiles(join(folder.path, 'model'), modelFiles);
  const gone = await startHubServer({ models: {} });
  nobody = gone.environment;
  await gone.close();
  hub = await startHubServer({ models: { [modelName]: join(folder.path, 'model') } });
});

afterEach(async () => {
  await hub.close();
  await folder.remove();
});

describe('a gated model', () => {
  beforeEach(() => {
    hub.faults.gated = { [modelName]: 'right' };
  });

  test.each([
    [
      'huggingface',
      {},
      /is gated/,
      /accept its licence at http:\S+\/Qwen\/Tiny-0\.5B and set HF_TOKEN, or .*--hub modelscope/,
    ],
    ['huggingface', { HF_TOKEN: 'wrong' }, /is gated/, /with the account of your HF_TOKEN/],
    ['modelscope', {}, /without a login/, /MODELSCOPE_API_TOKEN, or .*--hub huggingface/],
    ['modelscope', { MODELSCOPE_API_TOKEN: 'wrong' }, /with this token/, /the account of your MODELSCOPE_API_TOKEN/],
  ] as const)('on %s with %o says so, and what to do', async (name, token, message, hint) => {
    const located = locate(home, { ...hub.environment, ...token }, { hub: name });
    await expect(located).rejects.toMatchObject({
      code: 'E_MODEL_FILE',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test.each(['huggingface', 'modelscope'] as const)('comes from %s with the right token', async (name) => {
    const environment = { ...hub.environment, HF_TOKEN: 'right', MODELSCOPE_API_TOKEN: 'right' };
    const { model } = await locate(home, environment, { hub: name });
    expect(await namesBelow(model.path)).toEqual(wantedNames);
  });

  test('takes the token that Hugging Face keeps in a file', async () => {
    await writeFiles(home, { '.cache/huggingface/token': 'right\n' });
    await expect(locate(home, hub.environment)).resolves.toMatchObject({ model: { fromCache: false } });
  });
});

test.each([
  ['huggingface', { name: 'Qwen/None' }, /shows no Qwen\/None without a token/],
  ['modelscope', { name: 'Qwen/None' }, /has no model Qwen\/None with revision master: Record not found/],
  ['huggingface', { revision: 'v9' }, /has no revision v9/],
  ['modelscope', { revision: 'v9' }, /with revision v9: no revision v9/],
] as const)('on %s %o is named', async (name, request, message) => {
  await expect(locate(home, hub.environment, { hub: name, ...request })).rejects.toMatchObject({
    code: 'E_MODEL_FILE',
    message: expect.stringMatching(message),
  });
});

test('a revision that is gone is not replaced by the copy in the cache', async () => {
  await locate(home, hub.environment);
  await writeFiles(home, {
    '.cache/huggingface/hub/models--Qwen--Tiny-0.5B/refs/v9': await hub.commit(modelName),
  });
  await expect(locate(home, hub.environment, { revision: 'v9' })).rejects.toThrow(/has no revision v9/);
});

describe('auto', () => {
  test('takes ModelScope first, says so, and its cache the next time without a question', async () => {
    const first = await locate(home, hub.environment, { hub: 'auto' });
    expect(first.model.source).toBe('modelscope');
    expect(first.notes).toEqual(['Qwen/Tiny-0.5B comes from ModelScope.']);
    const asked = hub.requests.length;
    const second = await locate(home, hub.environment, { hub: 'auto' });
    expect(second.model).toEqual({ ...first.model, fromCache: true });
    expect(second.notes).toEqual(['Qwen/Tiny-0.5B comes from the ModelScope cache, revision master.']);
    expect(hub.requests).toHaveLength(asked);
  });

  test("takes what Hugging Face's cache holds before it asks anyone", async () => {
    await locate(home, hub.environment);
    const { model } = await locate(home, nobody, { hub: 'auto' });
    expect(model).toMatchObject({ source: 'huggingface', fromCache: true });
  });

  test('takes Hugging Face where ModelScope has not got it', async () => {
    const environment = { ...hub.environment, MODELSCOPE_ENDPOINT: nobody['MODELSCOPE_ENDPOINT'] ?? '' };
    const { model, notes } = await locate(home, environment, { hub: 'auto' });
    expect(model.source).toBe('huggingface');
    expect(notes[0]).toMatch(/^ModelScope can't be reached, .*ECONNREFUSED.*Hugging Face is asked for it\.$/);
    expect(notes[1]).toBe('Qwen/Tiny-0.5B comes from Hugging Face.');
  });

  test('tells both reasons where neither has it', async () => {
    await expect(locate(home, hub.environment, { hub: 'auto', name: 'Qwen/None' })).rejects.toMatchObject({
      code: 'E_MODEL_FILE',
      message: expect.stringMatching(/ModelScope has no model Qwen\/None.*; Hugging Face shows no Qwen\/None/),
    });
  });

  test('a part of a model in a cache does not stand for it', async () => {
    await locate(home, hub.environment, { need: 'config' });
    const { model } = await locate(home, hub.environment, { hub: 'auto' });
    expect(model.source).toBe('modelscope');
    const config = await locate(home, nobody, { hub: 'huggingface', need: 'config' });
    expect(config.model.fromCache).toBe(true);
  });
});

describe.each(['huggingface', 'modelscope'] as const)('offline, %s', (name) => {
  test.each(['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])(
    '%s: the cache is used and no one is asked',
    async (variable) => {
      const first = await locate(home, hub.environment, { hub: name });
      const asked = hub.requests.length;
      const second = await locate(home, { ...hub.environment, [variable]: 'yes' }, { hub: name });
      expect(second.model).toEqual({ ...first.model, fromCache: true });
      expect(hub.requests).toHaveLength(asked);
    },
  );

  test('a model that is not there is an error with a way out', async () => {
    await expect(locate(home, { ...hub.environment, HF_HUB_OFFLINE: '1' }, { hub: name })).rejects.toMatchObject({
      code: 'E_MODEL_FILE',
      message: expect.stringMatching(/can't be had offline: the cache of .* does not hold it$/),
      hint: expect.stringContaining('unset HF_HUB_OFFLINE'),
    });
    expect(hub.requests).toEqual([]);
  });

  test('a model that came in part tells what it lacks', async () => {
    hub.faults.files = { [shard]: Array.from({ length: 9 }, () => ({ kind: 'status', status: 410 }) as const) };
    await expect(locate(home, hub.environment, { hub: name })).rejects.toThrow(/410/);
    const commit = await hub.commit(modelName);
    const offline = locate(
      home,
      { HF_HUB_OFFLINE: '1' },
      { hub: name, revision: name === 'huggingface' ? commit : null },
    );
    await expect(offline).rejects.toThrow(/cache lacks .*model-00001-of-00002\.safetensors/);
  });

  test('a hub that is down is replaced by the cache, with a warning', async () => {
    await locate(home, hub.environment, { hub: name });
    const { model, warnings } = await locate(home, nobody, { hub: name });
    expect(model.fromCache).toBe(true);
    expect(warnings).toEqual([expect.stringMatching(/can't be reached.*The copy in its cache is used/)]);
  });
});

test('a proxy that Node does not read is named where a hub is not reached', async () => {
  await expect(locate(home, { ...nobody, HTTPS_PROXY: 'http://proxy:3128' })).rejects.toMatchObject({
    hint: expect.stringMatching(/^behind a proxy use Node 24 .*NODE_USE_ENV_PROXY=1/),
  });
});

describe('on this disk', () => {
  test('a folder and a file are taken as they are', async () => {
    const path = join(folder.path, 'model');
    const { model } = await locate(home, nobody, { name: path, hub: 'auto' });
    const bytes = wantedNames.reduce((sum, name) => sum + Buffer.byteLength(modelFiles[name] ?? ''), 0);
    expect(model).toEqual({ path, source: 'folder', revision: null, fromCache: false, bytes });
    const file = await locate(home, nobody, { name: join(path, shard), hub: 'auto' });
    expect(file.model).toMatchObject({ path: join(path, shard), bytes: 3_000_000 });
  });

  test.each(['./missing', '/missing/model', '~/missing', 'a/b/c', '../up', 'C:\\models\\x', ''])(
    '%j, which is not there, is not asked for at a hub',
    async (name) => {
      await expect(locate(home, hub.environment, { name })).rejects.toMatchObject({ code: 'E_MODEL_FILE' });
      expect(hub.requests).toEqual([]);
    },
  );
});
