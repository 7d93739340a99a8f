import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';

import { afterEach, beforeEach, expect, test, type TestContext } from 'vitest';

import { serveReference, temporaryFolder, type Served } from '../support/tokometer.ts';

const bin = path.resolve(import.meta.dirname, '../../dist/bin.js');
const sglangPort = 30_000;
const usualPorts = [8000, sglangPort, 8080, 11_434, 1234, 3000];

/** Runs the program on a terminal, in a folder; `answer` is typed when it asks. */
async function onTerminal(folder: string, answer: string): Promise<string> {
  const child = spawn('script', ['-qec', `"${process.execPath}" "${bin}"`, '/dev/null'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, COLUMNS: '100' },
  });
  let shown = '';
  let answered = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (answered || !shown.includes('Enter measures')) return;
    answered = true;
    child.stdin.write(answer);
  });
  await new Promise((resolve) => child.once('close', resolve));
  return shown;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

async function requireTerminal(context: TestContext): Promise<void> {
  const isLinux = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');
  const free = (await Promise.all(usualPorts.map(isFree))).every(Boolean);
  const reason = !isLinux ? 'script of util-linux is not here' : free ? null : 'a usual port of a server is taken here';
  if (reason !== null) process.stderr.write(`skipped, tokometer on a terminal: ${reason}\n`);
  context.skip(reason !== null, reason ?? '');
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let served: Served | null = null;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await served?.stop();
  served = null;
  await folder.remove();
});

test('alone on a terminal it finds the served model, and Enter measures it', { timeout: 90_000 }, async (context) => {
  await requireTerminal(context);
  served = await serveReference(['--port', String(sglangPort), '--ttft-ms', '1', '--itl-ms', '0.05']);
  const left = await onTerminal(folder.path, 'q\n');
  expect(left).toMatch(/1 {2}reference {2}on http:\/\/127\.0\.0\.1:30000, the usual port of SGLang/);
  expect(left).toContain('tokometer perf --url http://127.0.0.1:30000/v1/completions --model reference');
  expect(left).not.toContain('Speed Benchmark Results');

  const measured = await onTerminal(folder.path, '\n');
  expect(measured).toContain('Speed Benchmark Results');
  expect(measured).toMatch(/14336/);
});

test('where nothing is served it says what runs without a server', async (context) => {
  await requireTerminal(context);
  const shown = await onTerminal(folder.path, '');
  expect(shown).toContain("No model is served on this machine's usual ports: 8000 (vLLM), 30000 (SGLang)");
  expect(shown).toContain('tokometer perf --api local_llama');
});
