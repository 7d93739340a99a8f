import { readFileSync } from 'node:fs';
import path from 'node:path';

import { tokenizerFolder } from './peers-folder.js';
import { peer } from './peer.js';

export const aiperf = peer({
  name: 'aiperf',
  title: 'AIPerf',
  // Offline it takes a tokenizer's path for the name of a repository.
  environment: {},
  command({ program, workload, requests, url, directory }) {
    const { parallel, tokens, promptTokens, rate, arrival } = workload;
    const server = ['--model', 'truth', '--url', url, '--endpoint-type', 'completions', '--streaming'];
    const closed = ['--concurrency', parallel];
    const open = ['--request-rate', rate, '--arrival-pattern', arrival, '--concurrency', requests];
    const load = [...(rate === null ? closed : open), '--request-count', requests, '--num-dataset-entries', 8];
    const lengths = ['--isl', promptTokens ?? 8, '--isl-stddev', 0, '--osl', tokens, '--osl-stddev', 0];
    const counting = ['--tokenizer', tokenizerFolder, '--use-server-token-count', '--extra-inputs', 'ignore_eos:true'];
    const place = ['--output-artifact-dir', path.join(directory, 'aiperf'), '--ui', 'none'];
    return [program, 'profile', ...server, ...load, ...lengths, ...counting, ...place];
  },
  read({ directory }) {
    const said = JSON.parse(readFileSync(path.join(directory, 'aiperf', 'profile_export_aiperf.json'), 'utf8'));
    const { time_to_first_token: ttft, request_count: count, total_osl: tokens } = said;
    return { requests: count?.avg ?? null, tokens: tokens?.avg ?? null, ttftMs: { p50: ttft.p50, p99: ttft.p99 } };
  },
});
