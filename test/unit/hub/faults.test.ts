import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { type HubServer, startHubServer } from '../../support/hub-server.ts';
import {
  locate,
  modelFiles,
  modelName,
  namesBelow,
  sha256,
  shard,
  temporaryFolder,
  wantedNames,
} from './model-files.ts';
import { writeFiles } from './model-files.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let hub: HubServer;
let home: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  home = join(folder.path, 'home');
  await writeFiles(join(folder.path, 'model'), modelFiles);
  hub = await startHubServer({ models: { [modelName]: join(folder.path, 'model') } });
});

afterEach(async () => {
  await hub.close();
  await folder.remove();
});

const ranges = (): (string | null)[] =>
  hub
    .fileReadings()
    .filter(isShard)
    .map(({ range }) => range);
const isShard = ({ query }: { query: URLSearchParams }): boolean => query.get('path') === shard;

/** Bytes of the first shard that have come so far. */
async function partialBytes(): Promise<number> {
  const names = await namesBelow(home).catch(() => []);
  const sizes = names
    .filter((name) => name.endsWith('.incomplete'))
    .map(async (name) => (await stat(join(home, name))).size);
  return Math.max(0, ...(await Promise.all(sizes)));
}

async function expectWhole(path: string): Promise<void> {
  expect(await namesBelow(path)).toEqual(wantedNames);
  expect(sha256(await readFile(join(path, shard)))).toBe(sha256(modelFiles[shard] ?? ''));
}

describe.each(['huggingface', 'modelscope'] as const)('%s', (name) => {
  test('goes on where a body broke off', async () => {
    hub.faults.files = { [shard]: [{ kind: 'truncate', bytes: 1_500_000 }] };
    const { model, states } = await locate(home, hub.environment, { hub: name });
    await expectWhole(model.path);
    expect(ranges()).toHaveLength(2);
    // What the socket lost at the break is asked for again.
    const from = Number(/^bytes=(\d+)-$/.exec(ranges()[1] ?? '')?.[1]);
    expect(from).toBeGreaterThan(0);
    expect(from).toBeLessThanOrEqual(1_500_000);
    expect(states.at(-1)?.bytesDone).toBe(model.bytes);
  });

  test('starts again where the rest can not be had alone', async () => {
    hub.faults.files = { [shard]: [{ kind: 'truncate', bytes: 1_500_000 }, { kind: 'ignore-range' }] };
    const { model } = await locate(home, hub.environment, { hub: name });
    await expectWhole(model.path);
  });

  test('fetches a corrupted or shortened file once more', async () => {
    hub.faults.files = { [shard]: [{ kind: 'corrupt' }], 'config.json': [{ kind: 'short', bytes: 9 }] };
    const { model } = await locate(home, hub.environment, { hub: name });
    await expectWhole(model.path);
    expect(await readFile(join(model.path, 'config.json'), 'utf8')).toBe(modelFiles['config.json']);
    expect(ranges()).toEqual([null, null]);
  });

  test('names a file that comes corrupted twice, and keeps none of it', async () => {
    hub.faults.files = { [shard]: [{ kind: 'corrupt' }, { kind: 'corrupt' }] };
    await expect(locate(home, hub.environment, { hub: name })).rejects.toMatchObject({
      code: 'E_MODEL_FILE',
      message: expect.stringMatching(/^model-00001-of-00002\.safetensors came corrupted twice: sha256 is /),
    });
    const left = await namesBelow(home);
    expect(left.filter((path) => path.includes('incomplete') || path.endsWith('.lock.tokometer'))).toEqual([]);
    const { model } = await locate(home, hub.environment, { hub: name });
    await expectWhole(model.path);
  });

  test('outlasts a server error, and a limit of requests for as long as it asks', async () => {
    hub.faults.files = {
      [shard]: [
        { kind: 'status', status: 503 },
        { kind: 'status', status: 429, headers: { ratelimit: '"resolvers";r=0;t=2' } },
      ],
    };
    hub.faults.questions = [{ status: 500 }, { status: 429, headers: { 'retry-after': '1' } }];
    const startedMs = performance.now();
    const { model, notes } = await locate(home, hub.environment, { hub: name });
    expect(performance.now() - startedMs).toBeGreaterThan(3900);
    await expectWhole(model.path);
    expect(notes.filter((note) => note.includes('asks for a pause of 3.0 s'))).toHaveLength(1);
  });

  test('an aborted download rejects with the reason, and the next run goes on', async () => {
    hub.faults.files = { [shard]: [{ kind: 'hang', bytes: 2_000_000 }] };
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const located = locate(home, hub.environment, { hub: name, signal: controller.signal });
    const abort = async (): Promise<void> => {
      await vi.waitFor(async () => expect(await partialBytes()).toBe(2_000_000), 5000);
      controller.abort(reason);
    };
    await Promise.all([abort(), expect(located).rejects.toBe(reason)]);
    const { model } = await locate(home, hub.environment, { hub: name });
    await expectWhole(model.path);
    expect(ranges()).toEqual([null, 'bytes=2000000-']);
  });
});

test('a server that falls silent is left after the time limit', async () => {
  hub.faults.files = { [shard]: [{ kind: 'hang', bytes: 1_000_000 }] };
  const { model } = await locate(home, { ...hub.environment, HF_HUB_DOWNLOAD_TIMEOUT: '1' });
  await expectWhole(model.path);
  expect(ranges()).toEqual([null, 'bytes=1000000-']);
});

test('a file that is refused for good is an error that names the address without its signature', async () => {
  hub.faults.files = { [shard]: [{ kind: 'status', status: 410 }] };
  const error: unknown = await locate(home, hub.environment).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'E_MODEL_FILE',
    message: expect.stringMatching(/\/resolve\/[0-9a-f]{40}\/model-00001-of-00002\.safetensors answered 410$/),
  });
});

describe('a ModelScope file without a listed digest', () => {
  test('is checked by the digest that comes with it', async () => {
    hub.faults.withoutSha256 = true;
    hub.faults.files = { [shard]: [{ kind: 'corrupt' }] };
    const { model } = await locate(home, hub.environment, { hub: 'modelscope' });
    await expectWhole(model.path);
  });

  test('is checked by its length where none comes', async () => {
    hub.faults.withoutSha256 = true;
    hub.faults.files = { 'config.json': [{ kind: 'truncate', bytes: 5 }] };
    const { model } = await locate(home, hub.environment, { hub: 'modelscope' });
    await expectWhole(model.path);
  });
});

describe.each([
  ['huggingface', 'HF_HUB_CACHE'],
  ['modelscope', 'MODELSCOPE_CACHE'],
] as const)('the disk, %s', (name, variable) => {
  test('without room for the model is told before anything comes', async () => {
    hub.faults.listedBytes = { [shard]: 1e15 };
    await expect(locate(home, hub.environment, { hub: name })).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringMatching(/^the model needs 909\.5 TiB more, and .* are free at /),
      hint: expect.stringContaining(variable),
    });
    expect(hub.fileReadings()).toEqual([]);
  });

  test('that has no such folder is told with the variable that moves it', async () => {
    const cache = join(folder.path, 'model/config.json/cache');
    await expect(locate(home, { ...hub.environment, [variable]: cache }, { hub: name })).rejects.toMatchObject({
      code: 'E_MODEL_FILE',
      message: `the cache ${cache} can't be written (ENOTDIR)`,
      hint: expect.stringContaining(variable),
    });
  });

  test('a token with a line break is refused, and not shown', async () => {
    const tokens = { HF_TOKEN: 'se\ncret', MODELSCOPE_API_TOKEN: 'se\ncret' };
    const error: unknown = await locate(home, { ...hub.environment, ...tokens }, { hub: name }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'E_MODEL_FILE', message: expect.stringMatching(/_TOKEN holds characters/) });
    expect(String(error)).not.toContain('cret');
  });
});
