import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { quantiles } from '../harness/statistics.js';
import { peersFolder, tokenizerFolder } from './peers-folder.js';
import { peer } from './peer.js';

// Its stamps are perf_counter's, which is CLOCK_MONOTONIC: they can be set against the server's.
const query = `
import json, sqlite3, sys
rows = sqlite3.connect(sys.argv[1]).execute(
    'select start_time, first_chunk_latency, inter_token_latencies from result where success = 1')
print(json.dumps([[start, first, json.loads(gaps)] for start, first, gaps in rows]))`;

export const evalscope = peer({
  name: 'evalscope',
  title: 'EvalScope',
  refuses: ({ arrival }) => (arrival === 'constant' ? 'has no constant rate' : null),
  command({ program, workload, requests, url, directory }) {
    const { parallel, tokens, promptTokens, rate } = workload;
    const server = ['--api', 'openai', '--url', `${url}/v1/completions`, '--model', 'truth', '--no-test-connection'];
    const lengths = ['--min-prompt-length', promptTokens, '--max-prompt-length', promptTokens];
    const random = ['--dataset', 'random', '--tokenizer-path', tokenizerFolder, '--prefix-length', 0, ...lengths];
    const prompt = promptTokens === null ? ['--prompt', 'hi'] : random;
    const load = rate === null ? ['--parallel', parallel] : ['--open-loop', '--rate', rate];
    const output = ['--max-tokens', tokens, '--min-tokens', tokens, '--stream'];
    const place = ['--outputs-dir', path.join(directory, 'evalscope'), '--name', 'run', '--no-timestamp'];
    return [program, 'perf', ...server, ...prompt, ...output, ...load, '--number', requests, ...place];
  },
  read({ directory, truth }) {
    const find = (name) => {
      const folder = path.join(directory, 'evalscope');
      const file = readdirSync(folder, { recursive: true }).find((one) => path.basename(one) === name);
      if (file === undefined) throw new Error(`no ${name}`);
      return path.join(folder, file);
    };
    const summary = JSON.parse(readFileSync(find('benchmark_summary.json'), 'utf8'));
    // Bare NaN stands in it where it has no value.
    const rows = JSON.parse(readFileSync(find('benchmark_percentile.json'), 'utf8').replace(/\bNaN\b/g, 'null'));
    const ttftAt = (share) => rows.find((row) => row.Percentiles === share)?.['TTFT (ms)'] ?? null;
    return {
      requests: summary['Success Requests'],
      ttftMs: { p50: ttftAt('50%'), p99: ttftAt('99%') },
      errorUs: errors(find('benchmark_data.db'), truth),
    };
  },
});

/** Only one request after another can be told apart: its database does not keep the server's id of a request. */
function errors(database, truth) {
  const inOrder = truth.toSorted((one, other) => one.receivedNs - other.receivedNs);
  const isOverlapping = inOrder.some((request, index) => request.receivedNs < (inOrder[index - 1]?.endedNs ?? 0));
  if (isOverlapping) return null;
  const python = path.join(peersFolder, 'evalscope', 'bin', 'python');
  const said = spawnSync(python, ['-c', query, database], { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (said.status !== 0) return null;
  const found = [];
  for (const [start, first, gaps] of JSON.parse(said.stdout)) {
    const match = inOrder.find(({ receivedNs }) => receivedNs / 1e9 >= start);
    if (match === undefined || match.stamps.length !== gaps.length + 1) continue;
    let at = start + first;
    found.push(at * 1e6 - match.stamps[0] / 1000);
    for (const [place, gap] of gaps.entries()) {
      at += gap;
      found.push(at * 1e6 - match.stamps[place + 1] / 1000);
    }
  }
  return quantiles(found);
}
