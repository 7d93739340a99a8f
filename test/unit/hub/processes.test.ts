// Real processes that are killed, or run at once: they run the room as JavaScript, built into a temporary folder.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { withFileLock } from '../../../src/hub/file-lock.ts';
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

const root = join(import.meta.dirname, '../../..');

const script = `
import { locateModel } from './dist/hub/locate-model.js';
const [name, hub, home] = process.argv.slice(2);
const tell = { note() {}, warning() {}, debug() {} };
const environment = { ...process.env, HOME: home };
const request = { name, hub, revision: null, need: 'weights', environment, tell, progress() {} };
console.log(JSON.stringify(await locateModel(request)));
`;

let built: Awaited<ReturnType<typeof temporaryFolder>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let hub: HubServer;
let home: string;

beforeAll(async () => {
  built = await temporaryFolder();
  const compiler = join(root, 'node_modules/.bin/tsc');
  spawnSync(compiler, ['-p', 'tsconfig.build.json', '--outDir', join(built.path, 'dist')], { cwd: root });
  await copyFile(join(root, 'package.json'), join(built.path, 'package.json'));
  await writeFile(join(built.path, 'locate.js'), script);
});

afterAll(() => built.remove());

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

function start(name: string): { child: ChildProcess; ended: Promise<{ code: number | null; text: string }> } {
  const child = spawn(process.execPath, [join(built.path, 'locate.js'), modelName, name, home], {
    env: { PATH: process.env['PATH'] ?? '', ...hub.environment },
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, text }))) };
}

async function partialBytes(): Promise<number> {
  const names = await namesBelow(home).catch(() => []);
  const sizes = names
    .filter((name) => name.endsWith('.incomplete'))
    .map(async (name) => (await stat(join(home, name))).size);
  return Math.max(0, ...(await Promise.all(sizes)));
}

describe.each(['huggingface', 'modelscope'] as const)('%s', (name) => {
  test('a run goes on where a killed one was', async () => {
    hub.faults.files = { [shard]: [{ kind: 'hang', bytes: 1_500_000 }] };
    const { child, ended } = start(name);
    await vi.waitFor(async () => expect(await partialBytes()).toBe(1_500_000), 10_000);
    child.kill('SIGKILL');
    await ended;
    const { model } = await locate(home, hub.environment, { hub: name });
    expect(await namesBelow(model.path)).toEqual(wantedNames);
    expect(sha256(await readFile(join(model.path, shard)))).toBe(sha256(modelFiles[shard] ?? ''));
    const readings = hub.fileReadings().filter(({ query }) => query.get('path') === shard);
    expect(readings.map(({ range }) => range)).toEqual([null, 'bytes=1500000-']);
  });

  test('two at once read each file once', async () => {
    hub.faults.files = { [shard]: [{ kind: 'slow', bytesPerSecond: 3_000_000 }] };
    const ends = await Promise.all([start(name).ended, start(name).ended]);
    expect(ends.map(({ code, text }) => (code === 0 ? 0 : text))).toEqual([0, 0]);
    expect(hub.fileReadings()).toHaveLength(wantedNames.length - 1);
    const left = await namesBelow(home);
    expect(left.filter((path) => path.endsWith('.tokometer') || path.endsWith('.incomplete'))).toEqual([]);
  });
});

describe('a lock', () => {
  test('lets one after the other in', async () => {
    const path = join(folder.path, 'locks/one.lock');
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 5 }, () =>
        withFileLock({ path }, async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 20));
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(await readdir(join(folder.path, 'locks'))).toEqual([]);
  });

  test('is taken from an owner that fell silent, not from one that beats', async () => {
    const path = join(folder.path, 'one.lock');
    await writeFile(path, JSON.stringify({ pid: 1, machine: 'elsewhere', id: 'x' }));
    await expect(withFileLock({ path, signal: AbortSignal.timeout(500) }, () => Promise.resolve('in'))).rejects.toThrow(
      /abort/i,
    );
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    await expect(withFileLock({ path }, () => Promise.resolve('in'))).resolves.toBe('in');
  });

  test('is given back when the action fails', async () => {
    await mkdir(join(folder.path, 'locks'));
    const path = join(folder.path, 'locks/one.lock');
    await expect(withFileLock({ path }, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await readdir(join(folder.path, 'locks'))).toEqual([]);
  });
});
