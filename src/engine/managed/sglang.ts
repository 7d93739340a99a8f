import {
  flag,
  memoryUnits,
  pythonFailures,
  type FlagUse,
  type ServerDescription,
  type ServerInput,
} from './server-description.ts';
import { deviceEnvironment, pythonEnvironment } from './server-environment.ts';

// Its scheduler cuts a generation off at two tokens below the context, and takes no prompt within seven of it.
const reservedTokens = 6;

/**
 * SGLang's server: by its OpenAI routes, and where the model has no tokenizer, which they need, by its own `/generate`.
 * Names and log lines read from the wheel of 0.5.23.
 */
export const sglangServer: ServerDescription = {
  api: 'local_sglang',
  name: 'SGLang',
  flags: {
    model: { names: ['--model-path', '--model'], without: 'the model cannot be named' },
    host: { names: ['--host'], without: 'it may listen on every network' },
    port: { names: ['--port'], without: 'its port is unknown' },
    servedName: { names: ['--served-model-name'], without: 'it serves under the path of the model' },
    maxLength: { names: ['--context-length'], without: 'its longest text is its own choice' },
    dtype: { names: ['--dtype'], without: 'the data type is its own choice' },
    noPrefixCache: { names: ['--disable-radix-cache'], without: 'its prefix cache stays on' },
    memory: { names: ['--mem-fraction-static'], without: 'its share of the device is its own choice' },
    // 0.5.23 calls it deprecated; the flags that take its place concern one phase each.
    eager: {
      names: ['--disable-cuda-graph', '--disable-decode-cuda-graph'],
      without: 'graphs are captured all the same',
    },
    loadFormat: { names: ['--load-format'], without: 'it needs real weights' },
    trust: { names: ['--trust-remote-code'], without: "the model's own code does not run" },
    tensorParallel: { names: ['--tensor-parallel-size', '--tp-size'], without: 'it uses one device' },
    metrics: { names: ['--enable-metrics'], without: 'it has no /metrics' },
    cacheReport: { names: ['--enable-cache-report'], without: 'it does not tell the cached tokens of a request' },
    skipTokenizer: { names: ['--skip-tokenizer-init'], without: 'it needs the files of a tokenizer' },
    newIdsOnly: {
      names: ['--incremental-streaming-output', '--stream-output'],
      without: 'each event repeats all ids so far',
    },
  },
  use: sglangFlags,
  environment: (input) => ({
    ...pythonEnvironment(input),
    ...deviceEnvironment(input),
    ...(goesBeyondModel(input) ? { SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN: '1' } : {}),
  }),
  readinessPaths: ['/health'],
  memory: [
    {
      what: 'weights',
      pattern: /Load weight end\..*mem usage=([\d.]+) GB/,
      unitBytes: memoryUnits.gb,
      printed: 'each',
    },
    {
      what: 'KV pool',
      pattern: /(?:KV Cache is allocated|KV sizing: KV cache allocated)\..*KV size: ([\d.]+) GB/,
      unitBytes: memoryUnits.gb,
      printed: 'each',
    },
    // Keys and values apart; where they differ, no single figure of the line is the pool.
    {
      what: 'KV pool',
      pattern: /KV Cache is allocated\..*K size: ([\d.]+) GB, V size: \1 GB/,
      unitBytes: 2 * memoryUnits.gb,
      printed: 'each',
    },
  ],
  cacheTokens: /max_total_num_tokens=(\d+)/,
  failures: [
    {
      pattern: /Not enough memory\. Please try to increase --mem-fraction-static/,
      hint: 'Raise --gpu-memory-utilization, or name more devices with --gpus.',
    },
    {
      pattern: /context_length .* is greater than|greater than the derived context_length/i,
      hint: 'The model takes less than the longest row: leave that row out, or lower --max-model-len.',
    },
    ...pythonFailures,
  ],
  noise: /DeprecationWarning|FutureWarning|warnings\.warn|Traceback|^\s|GET \/health|server_args=/,
  notes: [
    'SGLang: not yet run by this version of Tokometer; its flags and its own route are those of SGLang 0.5.23, read from its source.',
  ],
};

function sglangFlags(input: ServerInput): FlagUse[] {
  const { plan } = input;
  return [
    ...flag('model', [input.model]),
    ...flag('servedName', [input.servedName]),
    ...flag('host', ['127.0.0.1']),
    ...flag('port', [input.port]),
    ...flag('maxLength', [contextLength(input) ?? 0], input.maxLength !== null),
    ...flag('dtype', [plan.dtype], plan.dtype !== 'auto'),
    ...flag('noPrefixCache'),
    ...flag('memory', [plan.gpuMemoryUtilization]),
    ...flag('eager', [], plan.enforceEager),
    ...flag('loadFormat', ['dummy'], plan.loadFormat === 'dummy'),
    ...flag('trust', [], plan.trustRemoteCode),
    ...flag('tensorParallel', [input.tensorParallel], input.tensorParallel > 1),
    ...flag('metrics'),
    ...flag('cacheReport'),
    ...flag('skipTokenizer', [], input.folder.hasTokenizer === false),
    ...flag('newIdsOnly', [], input.folder.hasTokenizer === false),
  ];
}

function contextLength({ maxLength }: ServerInput): number | null {
  return maxLength === null ? null : maxLength + reservedTokens;
}

// The model's own limit holds for the texts; only what SGLang keeps for itself lies beyond it.
function goesBeyondModel(input: ServerInput): boolean {
  const limit = input.folder.contextLength;
  const { maxLength } = input;
  return limit !== null && maxLength !== null && maxLength <= limit && maxLength + reservedTokens > limit;
}
