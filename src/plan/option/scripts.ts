import { deviceOptions } from './devices.ts';
import { modelOptions } from './model.ts';
import { option } from './option.ts';
import { outputOptions } from './output.ts';
import { serverOptions } from './servers.ts';
import { trafficOptions } from './traffic.ts';
import { transformersOptions } from './transformers.ts';
import { integer, integers, text } from './value-types.ts';
import { workloadOptions } from './workload.ts';

// Flags of Qwen's two speed-benchmark scripts, under their own names.
const scriptOptions = {
  model: option({
    flag: 'model-id-or-path',
    type: text('name'),
    default: null,
    describe: 'Hub name or local folder of the model.',
    group: 'Model',
    example: '--model_id_or_path Qwen/Qwen2.5-0.5B-Instruct',
  }),
  promptLengths: option({
    flag: 'context-length',
    type: integers({ min: 1 }),
    default: null,
    describe: 'Prompt length in tokens; several make several rows.',
    group: 'Workload',
    example: '--context_length 6144',
  }),
  maxTokens: option({
    flag: 'generate-length',
    type: integer({ min: 1 }),
    default: 2048,
    describe: 'Tokens to generate.',
    group: 'Workload',
  }),
};

const shared = {
  ...scriptOptions,
  loadFormat: modelOptions.loadFormat,
  seed: workloadOptions.seed,
  repetitions: trafficOptions.repetitions,
  warmups: trafficOptions.warmups,
  ...deviceOptions,
  name: outputOptions.name,
  timestamp: outputOptions.timestamp,
  json: outputOptions.json,
  quiet: outputOptions.quiet,
  debug: outputOptions.debug,
  printPlan: outputOptions.printPlan,
};

const outputsDirectory = <const Default extends string>(folder: Default) =>
  option({ ...outputOptions.outputsDirectory, default: folder });

/** Every option of `tokometer transformers`. */
export const transformersScriptOptions = {
  ...shared,
  ...transformersOptions,
  outputsDirectory: outputsDirectory('outputs/transformers'),
};

/** Every option of `tokometer vllm`. */
export const vllmScriptOptions = {
  ...shared,
  maxModelLength: option({ ...serverOptions.maxModelLength, default: 32_768 }),
  gpuMemoryUtilization: serverOptions.gpuMemoryUtilization,
  enforceEager: serverOptions.enforceEager,
  engineArguments: serverOptions.engineArguments,
  outputsDirectory: outputsDirectory('outputs/vllm'),
};
