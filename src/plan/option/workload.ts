import { option } from './option.ts';
import { choice, decimal, integer, integers, jsonObject, seconds, text, toggle } from './value-types.ts';

/** What is sent. */
export const workloadOptions = {
  dataset: option({
    flag: 'dataset',
    type: choice(['speed_benchmark', 'speed_benchmark_long']),
    default: 'speed_benchmark',
    describe: 'speed_benchmark: prompts of 1, 6144, 14336 and 30720 tokens. speed_benchmark_long: 63488 and 129024.',
    group: 'Workload',
    example: '--dataset speed_benchmark',
  }),
  prompt: option({
    flag: 'prompt',
    type: text('text'),
    default: null,
    describe:
      'Measure a load: --parallel requests in flight, or --rate requests a second, all with this prompt (@FILE: the text of a file), ' +
      'in place of a dataset.',
    group: 'Workload',
    example: "--prompt 'Tell a story' --parallel 64 --number 1000",
  }),
  promptLengths: option({
    flag: 'prompt-lengths',
    type: integers({ min: 1 }),
    default: null,
    describe: "Prompt lengths in tokens, in place of the dataset's.",
    group: 'Workload',
    example: '--prompt-lengths 1 512 4096',
  }),
  maxTokens: option({
    flag: 'max-tokens',
    type: integer({ min: 1 }),
    default: 2048,
    describe: 'Tokens to generate.',
    group: 'Workload',
    example: '--max-tokens 2048',
  }),
  minTokens: option({
    flag: 'min-tokens',
    type: integer({ min: 0 }),
    default: null,
    describe:
      'Fewest tokens to generate. Unset: the same as --max-tokens, so that every request has the same length; with --prompt none.',
    group: 'Workload',
    example: '--min-tokens 2048',
  }),
  temperature: option({
    flag: 'temperature',
    type: decimal({ min: 0 }),
    default: 0,
    describe: 'Sampling temperature; 0 is greedy.',
    group: 'Workload',
  }),
  seed: option({
    flag: 'seed',
    type: integer({ min: 0 }),
    default: 42,
    describe:
      'Seed of the prompts. A fresh nonce is added in each run and recorded, so that no cache knows the prompts.',
    group: 'Workload',
  }),
  extraArguments: option({
    flag: 'extra-args',
    type: jsonObject(),
    default: {},
    describe: 'More fields of the request body; they win over ours.',
    group: 'Workload',
    example: '--extra-args \'{"top_k": 1}\'',
  }),
  tokenizePrompt: option({
    flag: 'tokenize-prompt',
    type: toggle(),
    default: null,
    describe:
      'Insist on token ids as prompts, or (--no-tokenize-prompt) on text. Unset: ids where the server takes them.',
    group: 'Workload',
  }),
  fitMs: option({
    flag: 'fit',
    type: seconds(),
    default: null,
    describe:
      'Scale all lengths down, by one factor found by a short probe, so that the whole run ends within this time.',
    group: 'Workload',
    example: '--fit 2m',
  }),
  estimate: option({
    flag: 'estimate',
    type: toggle(),
    default: false,
    describe:
      'Predict the table instead of measuring it: short generations after a few prompt lengths, in about a tenth of the time. ' +
      'Each number has a prediction interval and is labelled as an estimate.',
    group: 'Workload',
    example: '--estimate',
  }),
};
