import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { buildProgram, canBuild } from './build-program.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'tokometer-truth-'));
const truthFile = path.join(folder, 'truth.bin');
let server: { readonly child: ChildProcess; readonly port: number } | null = null;

async function start(...options: string[]): Promise<number> {
  const child = spawn(path.join(folder, 'truth_server'), ['--truth', truthFile, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const text = await new Promise<string>((resolve) => {
    child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString()));
  });
  const port = Number(/\d+/.exec(text)?.[0]);
  server = { child, port };
  return port;
}

async function stop(): Promise<Buffer> {
  if (server === null) throw new Error('no server');
  const { child } = server;
  server = null;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  return readFileSync(truthFile);
}

function post(port: number, route: string, body: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, path: route, method: 'POST', agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

interface Kept {
  readonly receivedNs: bigint;
  readonly counts: readonly number[];
  readonly stamps: readonly bigint[];
}

function readTruth(bytes: Buffer): Kept[] {
  expect(bytes.toString('latin1', 0, 8)).toBe('TOKTRUTH');
  const requests: Kept[] = [];
  let at = 16;
  while (requests.length < bytes.readUInt32LE(12)) {
    const receivedNs = bytes.readBigInt64LE(at);
    const counts = [24, 28, 32, 36, 40, 44].map((place) => bytes.readUInt32LE(at + place));
    const [written = 0] = counts.slice(4);
    const first = at + 48;
    const stamps = Array.from({ length: written }, (_, token) => bytes.readBigInt64LE(first + token * 8));
    requests.push({ receivedNs, counts, stamps });
    at = first + written * 8;
  }
  expect(at).toBe(bytes.length);
  return requests;
}

function only(requests: readonly Kept[]): Kept {
  const [request] = requests;
  if (request === undefined || requests.length > 1) throw new Error(`${requests.length} requests`);
  return request;
}

function stampsOf(events: string): bigint[] {
  return [...events.matchAll(/"t":"(\d{19})"\}\n\n/g)].map((found) => BigInt(found[1] ?? ''));
}

describe.skipIf(!canBuild)('truth server', () => {
  beforeAll(() => {
    for (const name of ['truth_server', 'epoll_client']) buildProgram(folder, name);
  });
  afterEach(async () => {
    if (server !== null) await stop();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('streams completions in the form of vLLM and keeps the stamps that it sends', async () => {
    const port = await start('--ttft-us', '20000', '--itl-us', '5000', '--mark-finish');
    const before = process.hrtime.bigint();
    const options = { include_usage: true, continuous_usage_stats: true };
    const text = await post(port, '/v1/completions', {
      model: 'truth',
      prompt: [5, 6, 7],
      max_tokens: 4,
      stream: true,
      stream_options: options,
    });
    const after = process.hrtime.bigint();
    const events = text.split('\n\n').slice(0, -1);
    expect(events).toHaveLength(6);
    expect(events.at(-1)).toBe('data: [DONE]');
    const parsed: unknown[] = events.slice(0, -1).map((event) => JSON.parse(event.slice('data: '.length)));
    expect(parsed[0]).toMatchObject({
      choices: [{ index: 0, text: ' the', finish_reason: null }],
      usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
    });
    expect(parsed[3]).toMatchObject({ choices: [{ finish_reason: 'length#0' }], usage: { completion_tokens: 4 } });
    expect(parsed[4]).toMatchObject({ choices: [], usage: { completion_tokens: 4, prompt_tokens: 3 } });
    const kept = only(readTruth(await stop()));
    expect(kept.counts).toEqual([0, 0, 3, 4, 4, 1]);
    expect(kept.stamps).toEqual(stampsOf(text));
    expect(kept.receivedNs).toBeGreaterThan(before);
    expect(kept.stamps.at(-1)).toBeLessThan(after);
    // Never early; late by what a busy machine adds.
    for (const [token, stamp] of kept.stamps.entries()) {
      expect(Number(stamp - kept.receivedNs) / 1e6).toBeGreaterThanOrEqual(20 + 5 * token);
    }
  });

  it('answers chat, and whole where no stream is asked for', async () => {
    const port = await start();
    const messages = [{ role: 'user', content: 'a "quoted" word' }];
    const stream = await post(port, '/v1/chat/completions', { messages, max_completion_tokens: 2, stream: true });
    expect(stream).toContain('"delta":{"role":"assistant","content":""}');
    expect(stream.match(/"delta":\{"content":" the"\}/g)).toHaveLength(2);
    expect(stampsOf(stream)).toHaveLength(2);
    const whole: unknown = JSON.parse(await post(port, '/v1/chat/completions', { messages, max_tokens: 3 }));
    expect(whole).toMatchObject({
      choices: [{ message: { content: ' the the the' } }],
      usage: { completion_tokens: 3 },
    });
  });

  it('takes a long prompt of ids, and counts it', async () => {
    const port = await start();
    const prompt = Array.from({ length: 30_720 }, (_, place) => 1000 + place);
    await post(port, '/v1/completions', { prompt, max_tokens: 1, stream: true });
    const kept = only(readTruth(await stop()));
    expect(kept.counts[2]).toBe(30_720);
  });

  it('notes an answer that the client did not wait for', async () => {
    const port = await start('--itl-us', '20000');
    const request = http.request({ port, path: '/v1/completions', method: 'POST', agent: false });
    request.end(JSON.stringify({ prompt: 'hi', max_tokens: 1000, stream: true }));
    request.on('error', () => undefined);
    const answer = await new Promise<http.IncomingMessage>((resolve) => {
      request.once('response', resolve);
    });
    await once(answer, 'data');
    answer.destroy();
    await pause(200);
    const [written = 0, complete] = only(readTruth(await stop())).counts.slice(4);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(1000);
    expect(complete).toBe(0);
  });

  it('is read without loss by the C client, in a closed and in an open loop', async () => {
    const port = await start('--ttft-us', '5000', '--itl-us', '1000');
    const common = ['--port', String(port), '--tokens', '20', '--running-usage'];
    const client = path.join(folder, 'epoll_client');
    for (const load of [
      ['--connections', '16', '--requests', '64', '--stagger-us', '100'],
      ['--rate', '500', '--arrival', 'poisson', '--requests', '100', '--ids', '500'],
    ]) {
      const said: unknown = JSON.parse(execFileSync(client, [...common, ...load], { encoding: 'utf8' }));
      const requests = Number(load[load.indexOf('--requests') + 1]);
      expect(said).toMatchObject({ requests, failed: 0, tokens: requests * 20 });
    }
    const kept = readTruth(await stop());
    expect(kept).toHaveLength(164);
    expect(kept.every(({ counts }) => counts[4] === 20 && counts[5] === 1)).toBe(true);
  });
});
