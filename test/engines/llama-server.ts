// Starts a real llama-server for a test, on a free port of this machine, and ends it with everything it started.
// The files come from scripts/get-llama-server.js, or from TOKOMETER_LLAMA_SERVER and TOKOMETER_LLAMA_MODEL.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const cache = join(import.meta.dirname, '../../.cache/llama-server');
const readyTimeoutMs = 60_000;
const stopTimeoutMs = 5_000;
const keptLogLines = 200;
const shownLogLines = 15;

/** Paths of a llama-server binary and of a GGUF file that it can serve. */
export interface LlamaServerFiles {
  readonly binary: string;
  readonly model: string;
}

export interface LlamaServerOptions extends LlamaServerFiles {
  /** Longest prompt + generation, in tokens. */
  readonly contextSize: number;
  readonly threads: number;
}

export interface RunningLlamaServer {
  /** Without a path: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly pid: number;
  /** What the server printed last, at most 200 lines. */
  readonly log: () => string;
  /** Ends the whole process group: TERM, then KILL. Resolves when it is gone; safe to call twice. */
  stop(): Promise<void>;
}

/** The files to use, or why there are none. A path from the environment that leads nowhere is an error, not a skip. */
export function findLlamaServer(): LlamaServerFiles | { readonly skip: string } {
  const installed = readInstalled();
  const binary = fromEnvironment('TOKOMETER_LLAMA_SERVER') ?? installed?.binary;
  const model = fromEnvironment('TOKOMETER_LLAMA_MODEL') ?? installed?.model;
  if (binary === undefined || model === undefined) {
    return {
      skip: 'no llama-server here: run node scripts/get-llama-server.js, or set TOKOMETER_LLAMA_SERVER and TOKOMETER_LLAMA_MODEL',
    };
  }
  return { binary, model };
}

/** Starts a server that computes on the CPU and resolves when /health says so; rejects with the last lines of its log. */
export async function startLlamaServer(options: LlamaServerOptions): Promise<RunningLlamaServer> {
  const port = await freePort();
  const child = spawn(options.binary, argumentsFor(options, port), {
    // Its own process group, so that one signal reaches all of it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = collectLog(child);
  const spawnFailure = await Promise.race([
    once(child, 'spawn').then(() => null),
    once(child, 'error').then(String),
  ]).catch(String);
  if (spawnFailure !== null || child.pid === undefined) throw new Error(`llama-server did not start: ${spawnFailure}`);
  const pid = child.pid;
  const killAtExit = (): void => signalGroup(pid, 'SIGKILL');
  process.on('exit', killAtExit);
  const stop = async (): Promise<void> => {
    await stopGroup(child, pid);
    process.off('exit', killAtExit);
  };
  const url = `http://127.0.0.1:${port}`;
  const failure = await awaitHealth(child, url);
  if (failure !== null) {
    await stop();
    throw new Error(`${failure}; its last lines:\n${log.slice(-shownLogLines).join('\n')}`);
  }
  return { url, pid, log: () => log.join('\n'), stop };
}

/** True while any process of the group lives. */
export function groupIsAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

function argumentsFor(options: LlamaServerOptions, port: number): string[] {
  const { model, contextSize, threads } = options;
  const place = ['--host', '127.0.0.1', '--port', String(port), '--no-webui', '--metrics', '--log-colors', 'off'];
  // One slot owns the whole context: more would share it, and cut a long prompt's room.
  const size = ['--ctx-size', String(contextSize), '--parallel', '1', '--threads', String(threads)];
  return ['--model', model, '--n-gpu-layers', '0', '--device', 'none', ...size, ...place];
}

function fromEnvironment(name: string): string | undefined {
  const path = process.env[name];
  if (path === undefined || path === '') return undefined;
  if (!existsSync(path)) throw new Error(`${name} is ${path}, and there is no such file`);
  return path;
}

function readInstalled(): LlamaServerFiles | null {
  const manifest = join(cache, 'paths.json');
  if (!existsSync(manifest)) return null;
  const paths: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  if (typeof paths !== 'object' || paths === null || !('binary' in paths) || !('model' in paths)) return null;
  return { binary: join(cache, String(paths.binary)), model: join(cache, String(paths.model)) };
}

function collectLog(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > keptLogLines) lines.shift();
    });
  }
  return lines;
}

async function awaitHealth(child: ChildProcess, url: string): Promise<string | null> {
  const deadline = performance.now() + readyTimeoutMs;
  while (performance.now() < deadline) {
    if (hasEnded(child)) return `llama-server ended before it was ready (exit ${child.exitCode ?? child.signalCode})`;
    const status = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => null,
    );
    if (status === 200) return null;
    await sleep(50);
  }
  return `llama-server was not ready within ${readyTimeoutMs / 1000} s`;
}

async function stopGroup(child: ChildProcess, pid: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    signalGroup(pid, signal);
    const deadline = performance.now() + stopTimeoutMs;
    while (performance.now() < deadline) {
      if (hasEnded(child) && !groupIsAlive(pid)) return;
      await sleep(20);
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}

/** A port that nothing listens on now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}
