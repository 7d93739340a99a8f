import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { tokenizerFolder } from './peers-folder.js';
import { peer } from './peer.js';

// vLLM is too large to be installed for its load generator alone: the one of the tests on real engines is used where it is.
const python = process.env.TOKOMETER_VLLM_PYTHON ?? '';

// `vllm bench serve` itself. Its command line asks for the package "vllm", which the CPU build is not called.
const script = `
from vllm.benchmarks.serve import add_cli_args, main
from vllm.utils.argparse_utils import FlexibleArgumentParser
parser = FlexibleArgumentParser()
add_cli_args(parser)
main(parser.parse_args())`;

export const vllm = {
  ...peer({
    name: 'vllm',
    title: 'vllm bench',
    command({ workload, requests, url, directory }) {
      const { parallel, tokens, promptTokens, rate, arrival } = workload;
      const server = ['--backend', 'openai', '--base-url', url, '--endpoint', '/v1/completions', '--model', 'truth'];
      const lengths = ['--random-input-len', promptTokens ?? 8, '--random-output-len', tokens];
      const prompts = ['--dataset-name', 'random', ...lengths, '--tokenizer', tokenizerFolder, '--ignore-eos'];
      // The shape of its gamma distribution: 1 is Poisson, and the greater it is the more constant are the gaps.
      const open = ['--request-rate', rate, '--burstiness', arrival === 'constant' ? 1e6 : 1];
      const load = rate === null ? ['--max-concurrency', parallel] : open;
      const place = ['--save-result', '--result-dir', directory, '--result-filename', 'vllm.json', '--disable-tqdm'];
      const statistics = ['--percentile-metrics', 'ttft', '--metric-percentiles', '50,99'];
      return [python, '-c', script, ...server, ...prompts, ...load, '--num-prompts', requests, ...statistics, ...place];
    },
    read({ directory }) {
      const said = JSON.parse(readFileSync(path.join(directory, 'vllm.json'), 'utf8'));
      return {
        requests: said.completed,
        tokens: said.total_output_tokens,
        ttftMs: { p50: said.median_ttft_ms, p99: said.p99_ttft_ms },
      };
    },
  }),
  find() {
    if (!existsSync(python)) return { reason: 'not there (TOKOMETER_VLLM_PYTHON)', version: null };
    const question =
      'import importlib.metadata as m; print(next(d.version for d in m.distributions() if d.name.startswith("vllm")))';
    const said = spawnSync(python, ['-c', question], { encoding: 'utf8' });
    return { reason: null, version: said.status === 0 ? said.stdout.trim() : null };
  },
};
