import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { findRealPython, isAlive, withFolder, writeConfig } from './real-python.ts';

const python = await findRealPython();
const path = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';
const worker = resolve(import.meta.dirname, '../../../../python/transformers_worker.py');

// A parent that starts the worker as the engine does, in a group of its own, and says what it hears.
const parent = `
  const { spawn } = require('node:child_process');
  const [python, worker, folder, tokens] = process.argv.slice(1);
  const child = spawn(python, ['-u', worker], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const say = (message) => child.stdin.write(JSON.stringify(message) + '\\n');
  console.log('pid ' + child.pid);
  say({ type: 'load', modelPath: folder, loadFormat: 'dummy', dtype: 'auto', attention: null, deviceMap: null,
    compile: false, trustRemoteCode: false, seed: 1 });
  child.stdout.on('data', (data) => {
    if (!data.includes('"ready"')) return;
    if (tokens !== '0') say({ type: 'generate', id: 0, ids: [1, 2, 3], outputTokens: Number(tokens) });
    console.log('ready');
  });
`;

describe.skipIf(path === '')(`a parent that is killed leaves no worker${reason}`, () => {
  test.each([
    ['while it imports', 'pid', 0],
    ['while it waits', 'ready', 0],
    ['in a request', 'ready', 4000],
  ])('%s', async (_, moment, tokens) => {
    await withFolder(async (folder) => {
      await writeConfig(folder);
      const killed = spawn(process.execPath, ['-e', parent, path, worker, join(folder), String(tokens)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let pid = 0;
      for await (const line of createInterface({ input: killed.stdout })) {
        if (line.startsWith('pid ')) pid = Number(line.slice(4));
        if (line.startsWith(moment)) break;
      }
      await sleep(300);
      expect(await isAlive(pid)).toBe(true);
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      const lateNs = process.hrtime.bigint() + 5_000_000_000n;
      while ((await isAlive(pid)) && process.hrtime.bigint() < lateNs) await sleep(50);
      expect(await isAlive(pid)).toBe(false);
    });
  });
});
