import { availableParallelism } from 'node:os';
import {
  flag,
  memoryUnits,
  pythonFailures,
  type FlagUse,
  type ServerDescription,
  type ServerInput,
} from './server-description.ts';
import { deviceEnvironment, pythonEnvironment } from './server-environment.ts';

const smallestCpuPoolGib = 1;

/** vLLM's OpenAI server. Names and log lines: vLLM 0.6 to 0.32. */
export const vllmServer: ServerDescription = {
  api: 'local_vllm',
  name: 'vLLM',
  flags: {
    model: { names: ['--model'], without: 'the model cannot be named' },
    host: { names: ['--host'], without: 'it may listen on every network' },
    port: { names: ['--port'], without: 'its port is unknown' },
    servedName: { names: ['--served-model-name'], without: 'it serves under the path of the model' },
    maxLength: { names: ['--max-model-len'], without: 'its longest text is its own choice' },
    dtype: { names: ['--dtype'], without: 'the data type is its own choice' },
    noPrefixCache: {
      names: ['--no-enable-prefix-caching'],
      without: 'its prefix cache is as that version has it by default',
    },
    memory: { names: ['--gpu-memory-utilization'], without: 'its share of the device is its own choice' },
    eager: { names: ['--enforce-eager'], without: 'graphs are captured all the same' },
    loadFormat: { names: ['--load-format'], without: 'it needs real weights' },
    noTokenizer: { names: ['--skip-tokenizer-init'], without: 'it needs a tokenizer in the folder' },
    trust: { names: ['--trust-remote-code'], without: "the model's own code does not run" },
    overrides: { names: ['--hf-overrides'], without: 'rows beyond the limit of the model are refused' },
    ropeScaling: { names: ['--rope-scaling'], without: 'rows beyond the limit of the model are refused' },
    tensorParallel: { names: ['--tensor-parallel-size'], without: 'it uses one device' },
  },
  use: vllmFlags,
  environment: (input) => ({
    ...pythonEnvironment(input),
    ...deviceEnvironment(input),
    VLLM_NO_USAGE_STATS: '1',
    ...(input.program.onCpu ? cpuEnvironment(input) : {}),
  }),
  readinessPaths: ['/health'],
  // The base of the rotation is part of the override.
  takesYarn: ({ shape }) => shape !== null,
  memory: [
    {
      what: 'weights',
      pattern: /(?:Model loading took|Loading model weights took|model weights take) ([\d.]+) ?(?:GiB|GB)/,
      unitBytes: memoryUnits.gib,
      printed: 'each',
    },
    {
      what: 'peak activation',
      pattern: /([\d.]+) ?GiB for peak activation|activation peak memory takes ([\d.]+) ?GiB/,
      unitBytes: memoryUnits.gib,
      printed: 'each',
    },
    {
      what: 'graphs',
      pattern: /Graph capturing finished in .* took ([\d.]+) GiB/,
      unitBytes: memoryUnits.gib,
      printed: 'each',
    },
    {
      what: 'KV pool',
      pattern: /Available KV cache memory: ([\d.]+) GiB|Explicitly set \(([\d.]+)\/[\d.]+\) GiB for KV cache/,
      unitBytes: memoryUnits.gib,
      printed: 'each',
    },
  ],
  cacheTokens: /KV cache size: ([\d,]+) tokens/,
  failures: [
    {
      pattern: /KV cache is needed, which is larger than|larger than the available KV cache memory|KV cache needs/i,
      hint: 'Lower --max-model-len (the longest row decides it) or raise --gpu-memory-utilization; on a CPU raise VLLM_CPU_KVCACHE_SPACE.',
    },
    {
      pattern:
        /No available memory for the cache blocks|not enough memory|is less than desired GPU memory utilization/i,
      hint: 'Free the device of other programs, lower --gpu-memory-utilization, or name more devices with --gpus.',
    },
    {
      pattern: /max_model_len \(\d+\) is greater than|larger than the maximum number of tokens/i,
      hint: 'The model takes less than the longest row: leave that row out, or lower --max-model-len.',
    },
    {
      pattern: /Unknown quantization method|quantization method \S+ is not supported|does not support .* quantization/i,
      hint: 'The installed vLLM does not load this quantisation here: name another checkpoint of the model with --model.',
    },
    ...pythonFailures,
  ],
  noise:
    /Route: |DeprecationWarning|FutureWarning|warnings\.warn|Traceback|^\s|^[\s█▄▀]*$|GET \/health|engine with config|ulimit|tcmalloc|libiomp/,
  notes: [],
};

function vllmFlags(input: ServerInput): FlagUse[] {
  const { plan, folder, program } = input;
  return [
    ...flag('model', [input.model]),
    ...flag('servedName', [input.servedName]),
    ...flag('host', ['127.0.0.1']),
    ...flag('port', [input.port]),
    ...flag('maxLength', [input.maxLength ?? 0], input.maxLength !== null),
    ...flag('dtype', [plan.dtype], plan.dtype !== 'auto'),
    ...flag('noPrefixCache'),
    ...flag('memory', [plan.gpuMemoryUtilization], !program.onCpu),
    ...flag('eager', [], plan.enforceEager),
    ...flag('loadFormat', ['dummy'], plan.loadFormat === 'dummy'),
    ...flag('noTokenizer', [], folder.hasTokenizer === false),
    ...flag('trust', [], plan.trustRemoteCode),
    ...yarnFlag(input),
    ...flag('tensorParallel', [input.tensorParallel], input.tensorParallel > 1),
  ];
}

// Versions that have --rope-scaling read it under its old name; the newer ones read every position field from the
// configuration, where the base of the rotation must stand beside the rest. A factor without a point is no factor to some.
function yarnFlag({ yarn, folder: { shape } }: ServerInput): FlagUse[] {
  if (yarn === null || shape === null) return [];
  const { factor, baseLength } = yarn;
  const rope = `"rope_type":"yarn","factor":${factor.toFixed(1)},"original_max_position_embeddings":${baseLength}`;
  const overrides = `{"rope_parameters":{${rope},"rope_theta":${shape.ropeTheta}},"max_position_embeddings":${factor * baseLength}}`;
  return [{ flag: 'overrides', values: [overrides], older: { flag: 'ropeScaling', values: [`{${rope}}`] } }];
}

// The CPU build takes whole GiB, and its own default (half the memory) can end the machine's patience.
function cpuEnvironment({ plan, folder, maxLength }: ServerInput): Record<string, string> {
  const neededGib = ((folder.cacheBytesPerToken ?? 0) * (maxLength ?? 0) * 1.1) / memoryUnits.gib;
  const known = folder.cacheBytesPerToken !== null && maxLength !== null;
  const poolGib = known ? Math.max(smallestCpuPoolGib, Math.ceil(neededGib)) : 4;
  return {
    VLLM_CPU_KVCACHE_SPACE: process.env['VLLM_CPU_KVCACHE_SPACE'] ?? String(poolGib),
    OMP_NUM_THREADS: String(plan.threads ?? process.env['OMP_NUM_THREADS'] ?? availableParallelism()),
  };
}
