import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort, isFreePort } from '../../../../src/engine/managed/loopback.ts';
import { groupListensOn, groupMembers, stopGroup } from '../../../../src/engine/managed/process-group.ts';
import { type ServerStart, startServer } from '../../../../src/engine/managed/process-life.ts';
import { pythonFailures } from '../../../../src/engine/managed/server-description.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokometer-life-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const answers = (port: number): string =>
  `require('node:http').createServer((_, r) => r.end('ok')).listen(${port}, '127.0.0.1');`;

async function start(script: (port: number) => string, overrides: Partial<ServerStart> = {}): Promise<ServerStart> {
  const port = overrides.port ?? (await freePort());
  return {
    name: 'server',
    words: [process.execPath, '-e', script(port)],
    environment: { TOKOMETER_TEST: 'a b' },
    port,
    readinessPaths: ['/health'],
    ownsPort: true,
    failures: pythonFailures,
    noise: /^$/,
    logFile: join(folder, 'engine.log'),
    startTimeoutMs: 20_000,
    tell: { note: () => undefined, warning: () => undefined, debug: () => undefined },
    signal: null,
    ...overrides,
  };
}

test('a server that answers is ready; its log begins with its command and holds its words', async () => {
  const server = await startServer(await start((port) => `console.log('hello'); ${answers(port)}`));
  onTestFinished(() => server.stop());
  expect(server.death).toBeNull();
  expect(server.log.lines).toEqual(['hello']);
  expect(readFileSync(server.log.path, 'utf8')).toMatch(/^\$ 'TOKOMETER_TEST=a b' .*node.* -e .*\nhello\n/s);
  await server.stop();
  expect(groupMembers(server.pid)).toEqual([]);
  await server.stop();
});

test('a second server in the same log is not blamed for the first', async () => {
  const first = await startServer(await start((port) => `console.log('error: out of memory'); ${answers(port)}`));
  await first.stop();
  await expect(startServer(await start(() => `console.log('my own words'); process.exit(7)`))).rejects.toMatchObject({
    message: expect.stringMatching(/stopped .* after its start \(exit 7\): "my own words"/),
  });
});

test('a start that fails is told with the decisive line, a hint and the last lines', async () => {
  const script = `console.error('ValueError: x'); console.error("ModuleNotFoundError: No module named 'zmq'"); process.exit(1)`;
  await expect(startServer(await start(() => script))).rejects.toMatchObject({
    code: 'E_MISSING_PACKAGE',
    message: expect.stringContaining(`"ModuleNotFoundError: No module named 'zmq'"`),
    hint: expect.stringMatching(/--python[^\n]*\nThe log is .*engine\.log, its last lines:\n {2}ValueError: x\n/),
  });
});

test.each([
  ['SIGILL', /compiled for another CPU/],
  ['SIGKILL', /out of memory/],
])('a start that ends with %s', async (signal, hint) => {
  const script = `console.log('loading'); process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000)`;
  await expect(startServer(await start(() => script))).rejects.toMatchObject({
    code: 'E_ENGINE_START',
    message: expect.stringMatching(`\\(killed by ${signal}\\): "loading"`),
    hint: expect.stringMatching(hint),
  });
});

test('a program that cannot be started', async () => {
  const words = { words: ['/nonexistent/server'] };
  await expect(startServer(await start(() => '', words))).rejects.toMatchObject({ code: 'E_MISSING_PACKAGE' });
});

test('an answer from another program on the port is not taken for the server', async () => {
  const other = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  expect(await isFreePort(port)).toBe(false);
  await expect(startServer(await start(() => 'setInterval(() => {}, 1000)', { port }))).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
  });
});

const diesSoon = (port: number): string =>
  `require('node:child_process').spawn('sleep', ['600']); ${answers(port)} setTimeout(() => process.exit(3), 1500);`;

test('when the first process dies, what it started ends too', async () => {
  const server = await startServer(await start(diesSoon));
  expect(groupMembers(server.pid).length).toBe(2);
  await sleep(2500);
  expect(server.death).toMatchObject({ code: 3, signal: null });
  expect(groupMembers(server.pid)).toEqual([]);
});

describe('a group', () => {
  test('that ignores TERM is killed after its grace, with its children', async () => {
    const child = spawn('sh', ['-c', `trap '' TERM; sleep 600 & echo up; wait; sleep 600`], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const groupId = child.pid ?? 0;
    expect(groupMembers(groupId).length).toBeGreaterThanOrEqual(2);
    const startedAtMs = performance.now();
    await stopGroup(groupId, 400);
    expect(performance.now() - startedAtMs).toBeGreaterThan(380);
    expect(groupMembers(groupId)).toEqual([]);
  });

  test('that is gone stops at once', async () => {
    const child = spawn('true', { detached: true });
    await once(child, 'close');
    await stopGroup(child.pid ?? 0, 5000);
    expect(groupMembers(child.pid ?? 0)).toEqual([]);
  });

  test('a process that ended and was not fetched is not alive', async () => {
    // The shell becomes a sleep, which fetches nobody: its child stays a zombie.
    const child = spawn('sh', ['-c', 'sleep 0 & exec sleep 600'], { detached: true, stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await sleep(500);
    expect(groupMembers(child.pid ?? 0)).toEqual([child.pid]);
  });

  test('listens on its own port alone', async () => {
    const server = await startServer(await start(answers));
    onTestFinished(() => server.stop());
    const port = Number(/listen\((\d+)/.exec(readFileSync(server.log.path, 'utf8').split('\n$').at(-1) ?? '')?.[1]);
    expect(groupListensOn(server.pid, port)).toBe(true);
    expect(groupListensOn(server.pid + 100_000, port)).toBe(false);
    expect(groupListensOn(server.pid, await freePort())).toBeNull();
  });
});
