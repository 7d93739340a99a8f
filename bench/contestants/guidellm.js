import { readFileSync } from 'node:fs';
import path from 'node:path';

import { tokenizerFolder } from './peers-folder.js';
import { peer } from './peer.js';

export const guidellm = peer({
  name: 'guidellm',
  title: 'GuideLLM',
  command({ program, workload, requests, url, directory }) {
    const { parallel, tokens, promptTokens, rate, arrival } = workload;
    const data = `kind=synthetic_text,prompt_tokens=${promptTokens ?? 8},output_tokens=${tokens}`;
    const profile = rate === null ? `kind=concurrent,streams=${parallel}` : `kind=${arrival},rate=${rate}`;
    const backend = `kind=openai_http,target=${url},model=truth,request_format=/v1/completions`;
    const tokenizer = `kind=huggingface_auto,model=${tokenizerFolder}`;
    const limit = `kind=max_requests,count=${requests}`;
    const output = `kind=json,path=${path.join(directory, 'guidellm.json')}`;
    const what = ['--backend', backend, '--data', data, '--tokenizer', tokenizer];
    return [
      program,
      'run',
      ...what,
      '--profile',
      profile,
      '--constraint',
      limit,
      '--output',
      output,
      '--disable-console',
    ];
  },
  read({ directory }) {
    const said = JSON.parse(readFileSync(path.join(directory, 'guidellm.json'), 'utf8'));
    const [benchmark] = said.benchmarks;
    const { request_totals: totals, time_to_first_token_ms: ttft } = benchmark.metrics;
    const { p50, p99 } = ttft.successful.percentiles;
    return { requests: totals.successful, ttftMs: { p50, p99 } };
  },
});
