import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { quantiles } from './statistics.js';

/** Starts a truth server; `stop` ends it and gives what it kept of every request. */
export async function startTruthServer({ tools, workload, directory, markFinish, runningUsage }) {
  const file = path.join(directory, 'truth.bin');
  const options = ['--ttft-us', workload.ttftUs, '--itl-us', workload.itlUs, '--truth', file];
  if (markFinish) options.push('--mark-finish');
  if (!runningUsage) options.push('--no-running-usage');
  const child = spawn(tools.server, options.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = await once(child.stdout, 'data');
  const { port } = JSON.parse(String(line));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    const requests = readTruth(readFileSync(file));
    rmSync(file);
    return requests;
  };
  return { port, url: `http://127.0.0.1:${port}`, stop };
}

// The requests in a truth file. Times are CLOCK_MONOTONIC in nanoseconds, below 2^53 for the first 104 days of a machine.
function readTruth(bytes) {
  if (bytes.toString('latin1', 0, 8) !== 'TOKTRUTH' || bytes.readUInt32LE(8) !== 1) throw new Error('no truth file');
  const count = bytes.readUInt32LE(12);
  const requests = [];
  let at = 16;
  for (let index = 0; index < count; index++) {
    const [receivedNs, readyNs, endedNs] = [0, 8, 16].map((place) => Number(bytes.readBigInt64LE(at + place)));
    const fields = [24, 28, 32, 36, 40, 44].map((place) => bytes.readUInt32LE(at + place));
    const [serial, connection, promptTokens, asked, written, complete] = fields;
    at += 48;
    const stamps = new Float64Array(written);
    for (let token = 0; token < written; token++, at += 8) {
      stamps[token] = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
    }
    const times = { receivedNs, readyNs, endedNs };
    requests.push({ serial, connection, promptTokens, asked, ...times, complete: complete === 1, stamps });
  }
  return requests;
}

/** What a server saw of a load. The steady rate is that between a quarter and three quarters of all tokens. */
export function servedFacts(requests) {
  const stamps = Float64Array.from(requests.flatMap((request) => [...request.stamps])).toSorted();
  const received = Float64Array.from(requests, (request) => request.receivedNs).toSorted();
  const count = stamps.length;
  const from = count >> 2;
  const to = count - 1 - from;
  const whole = (stamps.at(-1) - received[0]) / 1e9;
  return {
    requests: requests.length,
    tokens: count,
    loadSeconds: whole,
    tokensPerSecond: count / whole,
    steadyTokensPerSecond: to > from ? (to - from) / ((stamps[to] - stamps[from]) / 1e9) : null,
    connections: new Set(requests.map((request) => request.connection)).size,
    ttftMs: quantiles(requests.filter(hasToken).map((request) => (request.stamps[0] - request.receivedNs) / 1e6)),
    gapSpread: gapSpread(received),
  };
}

function hasToken(request) {
  return request.stamps.length > 0;
}

// Coefficient of variation of the gaps between arrivals: 0 is constant, 1 is Poisson.
function gapSpread(received) {
  const gaps = Array.from(received.subarray(1), (atNs, index) => atNs - received[index]);
  if (gaps.length < 2) return null;
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (gaps.length - 1);
  return Math.sqrt(variance) / mean;
}
