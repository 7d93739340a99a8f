import type { Command } from 'commander';

const examples: Readonly<Record<string, readonly string[]>> = {
  perf: [
    'tokometer perf --url http://127.0.0.1:8000/v1/completions --model qwen2.5',
    'tokometer perf --url http://127.0.0.1:8000/v1/completions --model qwen2.5 --dataset speed_benchmark_long',
    'tokometer perf --url http://127.0.0.1:8000/v1/completions --model qwen2.5 --prompt-lengths 1 512 4096 --repetitions 5',
    'tokometer perf --api local_llama --model model.gguf --prompt-lengths 1 512 --max-tokens 64',
    'tokometer perf --api local_llama --model Qwen/Qwen2.5-0.5B-Instruct --load-format dummy --fit 2m',
  ],
  transformers: [
    'tokometer transformers --model_id_or_path Qwen/Qwen2.5-0.5B-Instruct --context_length 1 --gpus 0',
    'tokometer transformers --model_id_or_path Qwen/Qwen2.5-7B-Instruct --load-format dummy --context_length 1 6144',
  ],
  vllm: [
    'tokometer vllm --model_id_or_path Qwen/Qwen2.5-0.5B-Instruct --context_length 1 --max_model_len 32768 --gpus 0',
  ],
  batch: ['tokometer batch examples/small.yaml --print-plan', 'tokometer batch examples/small.yaml'],
  doctor: ['tokometer doctor', 'tokometer doctor --calibrate'],
  env: ['tokometer env create transformers', 'tokometer env list', 'tokometer env remove transformers'],
  models: ['tokometer models', 'tokometer models --json'],
  published: [
    'tokometer published --model Qwen3-8B --framework SGLang',
    'tokometer published --model Qwen2.5-7B-Instruct --input-length 6144 --format csv',
  ],
  report: [
    'tokometer report outputs/qwen2.5/20260131_120000',
    'tokometer report outputs/qwen2.5/20260131_120000 --format card --output card.svg',
    'tokometer report outputs/qwen2.5/20260131_120000 --format markdown',
    'tokometer report outputs/qwen2.5/* --format csv --output speeds.csv',
    'tokometer report outputs/qwen2.5/20260131_120000 --format sqlite --output results.sqlite',
  ],
  query: [
    'tokometer query outputs "select model, cell, decode_speed_tokens_per_s from rows where valid"',
    'tokometer query outputs "select cell, quantile_cont(ttft_ms, 0.99) from requests group by cell" --format csv',
    'tokometer query --tables',
  ],
  compare: [
    'tokometer compare outputs/qwen2.5/20260131_120000 outputs/qwen2.5/20260207_120000',
    'tokometer compare --save-baseline main outputs/qwen2.5/20260131_120000',
    "tokometer compare main outputs/qwen2.5/20260207_120000 --fail-if 'decode_speed < -3%' --format markdown",
    'tokometer compare llama-bench-before.json llama-bench-after.json',
  ],
  completion: ['source <(tokometer completion bash)', 'tokometer completion fish | source'],
  help: ['tokometer help perf', 'tokometer help metrics', 'tokometer help metrics ttft'],
  reference: [
    'tokometer reference --port 8100 --ttft-ms 50 --itl-ms 10',
    'tokometer reference --port 8101 --fault error-event@3 --usage running',
  ],
};

const operands: Readonly<Record<string, string>> = {
  batch: ' <file>',
  compare: ' <base> <candidate>',
  report: ' <run directory>...',
  query: ' <run or folder>... "select ..."',
  env: ' create|list|remove [name]',
  completion: ' bash|zsh|fish',
  help: ' [command or topic] [entry]...',
};

/** How a command is called. */
export function usageOf(name: string): string {
  return `tokometer ${name}${operands[name] ?? ''}${name === 'help' ? '' : ' [options]'}`;
}

/** Command lines that show what a command is for. */
export function examplesOf(name: string): readonly string[] {
  return examples[name] ?? [];
}

/** The help of a command: usage, options by group with their defaults, examples. */
export function helpText(command: Command, name: string, columns: number | undefined): string {
  command.configureHelp({ ...command.configureHelp(), helpWidth: Math.min(columns ?? 100, 120) });
  const body = command.helpInformation().replace(/^Usage: .*$/m, `Usage: ${usageOf(name)}`);
  const lines = examplesOf(name).map((line) => `  ${line}`);
  return `${body}\nExamples:\n${lines.join('\n')}\n`;
}
