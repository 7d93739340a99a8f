// The whole product: its command line, with every record on disk. Its records are set against the server's own stamps, token by
// token: the server names each request in its finish reason, which a record keeps.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { quantiles } from '../harness/statistics.js';

let program = path.join(import.meta.dirname, '..', '..', 'dist', 'bin.js');
let takesPrompt = false;
let takesRate = false;

/** Measures another build, by the path of its bin.js. */
export function useProgram(file) {
  program = path.resolve(file);
}

/** Tokometer as it comes. */
export const tokometer = contestant({ name: 'tokometer', title: 'Tokometer', threads: null });

/** With two client threads; only where --tools names it. */
export const tokometerOnTwoThreads = {
  ...contestant({ name: 'tokometer-2-threads', title: 'Tokometer, 2 client threads', threads: 2 }),
  onlyByName: true,
};

function contestant({ name, title, threads }) {
  return {
    name,
    title,
    isOwn: true,
    marksFinish: true,
    find() {
      if (!existsSync(program)) return { reason: 'not built: npm run build', version: null };
      const help = spawnSync(process.execPath, [program, 'perf', '--help'], { encoding: 'utf8' }).stdout;
      takesPrompt = /^\s+--prompt [<\w]/m.test(help);
      takesRate = /^\s+--rate [<\w]/m.test(help);
      if (threads !== null && !/^\s+--client-threads </m.test(help))
        return { reason: 'has no --client-threads', version: null };
      const version = spawnSync(process.execPath, [program, '--version'], { encoding: 'utf8' }).stdout.trim();
      return { reason: null, version };
    },
    refuses(workload) {
      if (workload.rate !== null && !takesRate) return 'its command line has no open loop (--rate)';
      if (threads !== null && workload.parallel === 1) return 'one stream needs one thread';
      return takesPrompt || workload.parallel === 1 ? null : 'its command line has no closed loop (--prompt)';
    },
    command({ workload, requests, url, directory, extra }) {
      const { parallel, tokens, promptTokens, rate, arrival } = workload;
      const length = promptTokens ?? 1;
      const prompt = promptTokens === null && takesPrompt ? ['--prompt', 'hi'] : ['--prompt-lengths', length];
      const point = rate === null ? ['--parallel', parallel] : ['--rate', rate, '--arrival', arrival];
      const load = ['--max-tokens', tokens, ...point, '--number', requests];
      const place = ['--outputs-dir', path.join(directory, 'outputs'), '--quiet'];
      const spread = threads === null ? [] : ['--client-threads', threads];
      const server = ['--api', 'openai', '--url', `${url}/v1/completions`, '--model', 'truth'];
      return [process.execPath, program, 'perf', ...server, ...prompt, ...load, ...place, ...spread, ...extra].map(
        String,
      );
    },
    read({ directory, truth }) {
      const run = findRun(path.join(directory, 'outputs'));
      const { monotonicOriginNs } = JSON.parse(readFileSync(path.join(run, 'environment.json'), 'utf8'));
      const lines = readFileSync(path.join(run, 'records.jsonl'), 'utf8').trim().split('\n');
      const records = lines.map((line) => JSON.parse(line)).filter((record) => record.phase === 'measured');
      return { ...compare(records, truth, Number(monotonicOriginNs)), bytesOnDisk: bytesOf(lines) };
    },
  };
}

function bytesOf(lines) {
  return lines.reduce((sum, line) => sum + line.length + 1, 0);
}

function findRun(folder) {
  const file = readdirSync(folder, { recursive: true }).find((name) => path.basename(name) === 'records.jsonl');
  if (file === undefined) throw new Error('it left no records.jsonl');
  return path.join(folder, path.dirname(file));
}

function compare(records, truth, originNs) {
  const errors = [];
  const ttfts = [];
  const serials = new Set();
  let tokens = 0;
  let shared = 0;
  for (const { chunkNs, sentNs, outcome, outputTokens } of records) {
    const serial = Number(/^length#(\d+)$/.exec(outcome.finishReason ?? '')?.[1] ?? Number.NaN);
    const request = truth[serial];
    if (outcome.status !== 'ok' || request === undefined || outputTokens !== request.asked) continue;
    if (chunkNs.length !== request.stamps.length) throw new Error(`request ${serial}: chunks are not tokens`);
    serials.add(serial);
    tokens += chunkNs.length;
    let atNs = originNs;
    for (const [place, step] of chunkNs.entries()) {
      atNs += step;
      errors.push((atNs - request.stamps[place]) / 1000);
      if (place > 0 && step === 0) shared++;
    }
    ttfts.push((chunkNs[0] - sentNs) / 1e6);
  }
  return {
    requests: serials.size,
    tokens,
    serials,
    errorUs: quantiles(errors),
    ttftMs: quantiles(ttfts),
    shared: shared / tokens,
  };
}
