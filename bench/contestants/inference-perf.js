import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { tokenizerFolder } from './peers-folder.js';
import { peer } from './peer.js';

export const inferencePerf = peer({
  name: 'inference-perf',
  title: 'inference-perf',
  prepare({ workload, requests, url, directory }) {
    const { parallel, tokens, promptTokens, rate, arrival } = workload;
    const exactly = (count) => ({ min: count, max: count, mean: count, std_dev: 0, total_count: requests });
    const stage =
      rate === null
        ? { num_requests: requests, concurrency_level: parallel }
        : { rate, duration: Math.round(requests / rate) };
    const configuration = {
      api: { type: 'completion', streaming: true },
      data: {
        type: 'random',
        input_distribution: exactly(promptTokens ?? 8),
        output_distribution: exactly(tokens),
      },
      load: { type: rate === null ? 'concurrent' : arrival, stages: [stage], worker_max_concurrency: 1000 },
      server: { type: 'vllm', model_name: 'truth', base_url: url, ignore_eos: true },
      tokenizer: { pretrained_model_name_or_path: tokenizerFolder },
      report: { request_lifecycle: { use_server_output_tokens: true, percentiles: [50, 90, 99] } },
      storage: { local_storage: { path: path.join(directory, 'reports') } },
    };
    // JSON is YAML.
    writeFileSync(path.join(directory, 'configuration.yaml'), JSON.stringify(configuration));
  },
  command: ({ program, directory }) => [program, '--config_file', path.join(directory, 'configuration.yaml')],
  read({ directory }) {
    const file = path.join(directory, 'reports', 'summary_lifecycle_metrics.json');
    const { successes } = JSON.parse(readFileSync(file, 'utf8'));
    const ttft = successes.latency.time_to_first_token;
    return { requests: successes.count, ttftMs: { p50: ttft.median * 1000, p99: ttft.p99 * 1000 } };
  },
});
