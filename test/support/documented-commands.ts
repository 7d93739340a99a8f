// What test/cli/documents.test.ts does not run as it stands: each with its reason.

interface Elsewhere {
  readonly command: RegExp;
  /** Why it can't be run in the test of the documents. */
  readonly reason: string;
  /** Who runs it, and words there that are essential to it; empty: nobody but a person. */
  readonly ranBy: readonly { readonly file: string; readonly words: readonly string[] }[];
}

const realEngine = 'needs a Python environment of some GB with the engine, which the tests of engines set up';

/** Commands that are not run with the documents. Each must be in a page, and its words where it says. */
export const elsewhere: readonly Elsewhere[] = [
  {
    command: /^git clone <this repository> tokometer && cd tokometer$/,
    reason: 'fetches the repository, which whoever runs the tests has done',
    ranBy: [],
  },
  {
    command:
      /^npm ci && npm start$|^npm start$|^(?:npx )?tokometer perf --api local_llama .* --load-format dummy --fit 2m$/,
    reason: 'installs the tree that the tests run in; what it and its like run takes two minutes and more',
    ranBy: [
      { file: '.ci/run', words: ['npm ci'] },
      {
        file: 'package.json',
        words: ['perf --api local_llama --model Qwen/Qwen2.5-0.5B-Instruct --load-format dummy --fit'],
      },
      {
        file: 'test/cli/local-llama.test.ts',
        words: ['perf --api local_llama --model Qwen/Qwen2.5-0.5B-Instruct --load-format dummy --fit'],
      },
    ],
  },
  {
    command: /^npm ci && npm test$|^npm ci$|^npm test$|^npm run check$/,
    reason: 'installs the tree that the tests run in, runs these tests, and what is run beside them',
    ranBy: [{ file: '.ci/run', words: ['npm ci', 'run_tests test', 'npm run check'] }],
  },
  {
    command: /^npm run build$/,
    reason: 'deletes what the tests run',
    ranBy: [{ file: 'package.json', words: ['"pretest": "npm run --silent build"'] }],
  },
  {
    command: /^node scripts\/get-llama-server\.js$/,
    reason: 'fetches 160 MB',
    ranBy: [
      { file: 'scripts/test-engines.js', words: ['scripts/get-llama-server.js'] },
      { file: '.ci/run', words: ['run_tests test:engines'] },
    ],
  },
  {
    command: /^npm install (?:@duckdb\/node-api|@opentelemetry\/api)@\S+/,
    reason: 'fetches packages, which the tree has: `npm ci` installs the same versions',
    ranBy: [{ file: 'package.json', words: ['"@duckdb/node-api": "1.5.6-r.1"', '"@opentelemetry/api": "1.9.1"'] }],
  },
  {
    command: /^(npx )?tokometer env create (transformers|vllm)$/,
    reason: 'fetches Python packages of some GB',
    ranBy: [
      { file: 'scripts/test-engines.js', words: ["'env', 'create', name", "python('transformers')", "python('vllm')"] },
    ],
  },
  {
    command: /^tokometer env remove transformers$/,
    reason: 'removes such an environment',
    ranBy: [
      {
        file: 'test/unit/engine/python/managed-environment.test.ts',
        words: ["removeManagedEnvironment('transformers'"],
      },
    ],
  },
  {
    command: /^tokometer completion fish \| source$/,
    reason: 'is for the shell fish',
    ranBy: [{ file: 'test/cli/completion.test.ts', words: ["scriptOf('fish')"] }],
  },
  {
    command: /^npx tokometer perf --api local --model \S+ --attn-implementation sdpa --dataset speed_benchmark$/,
    reason: realEngine,
    ranBy: [
      {
        file: 'test/engines/transformers.test.ts',
        words: ['perf --parallel 1 --api local', '--dataset speed_benchmark', '--attn-implementation sdpa'],
      },
    ],
  },
  {
    command: /^npx tokometer perf --api local_vllm --model \S+ --dataset speed_benchmark$/,
    reason: realEngine,
    ranBy: [
      {
        file: 'test/engines/speed-benchmark.test.ts',
        words: ['--api local_vllm', '--dataset speed_benchmark', "'--model', model"],
      },
    ],
  },
  {
    command: /^(?:npx )?tokometer transformers /,
    reason: realEngine,
    ranBy: [
      {
        file: 'test/engines/scripts.test.ts',
        words: ['--model_id_or_path ${name} --context_length 1 --gpus 0 --outputs_dir outputs/transformers'],
      },
    ],
  },
  {
    command: /^(?:npx )?tokometer vllm /,
    reason: realEngine,
    ranBy: [
      {
        file: 'test/engines/scripts.test.ts',
        words: [
          '--model_id_or_path ${name} --context_length 1 --max_model_len 32768 --gpus 0 --gpu_memory_utilization 0.9 --outputs_dir outputs/vllm',
        ],
      },
    ],
  },
  {
    command: /^npx tokometer batch engines\.yaml$|^npx tokometer compare --base outputs\/batch\/engines\/embedded-/,
    reason: 'needs a llama-server, which the tests of engines set up',
    ranBy: [
      { file: 'test/engines/documents-on-llama.test.ts', words: ['docs/compare-two-engines.md', 'batch engines.yaml'] },
    ],
  },
  {
    command: /^(?:npx )?tokometer doctor --calibrate$/,
    reason: 'measures for 15 s and must have the machine to itself',
    ranBy: [{ file: 'test/flow/calibration.test.ts', words: ["tokometer(['doctor', '--calibrate']"] }],
  },
  {
    command: /^node scripts\/gpu-checks\.js --python /,
    reason: 'needs an NVIDIA GPU; without one it says so',
    ranBy: [{ file: 'test/cli/gpu-checks.test.ts', words: ['scripts/gpu-checks.js', "'--python'"] }],
  },
  {
    command: /^node bench\/pairs\.js (transformers|vllm|llama)$/,
    reason: 'measures real engines for five minutes each, on a machine that does nothing else',
    ranBy: [
      {
        file: 'test/engines/pairs.test.ts',
        words: ["pairs('transformers'", "pairs('llama'", "pairs('vllm'"],
      },
    ],
  },
];

/** Words that are added behind a command, so that it takes seconds. Flags that are there stay as they are. */
const shorter: readonly { readonly command: RegExp; readonly words: string }[] = [
  // Ten arrivals in place of those of 30 s, and none to warm up.
  { command: / --rate 5 20 80$/, words: '--number 10 --warmup-num 0' },
  // Two turns in place of three or five.
  { command: /^npx tokometer batch (turns|engines)\.yaml$/, words: '--repeat 2' },
];

/** The command with what makes it shorter behind. */
export const shortened = (text: string): string =>
  [text, ...shorter.filter(({ command }) => command.test(text)).map(({ words }) => words)].join(' ');
