import { option } from './option.ts';
import { choice, integer, text } from './value-types.ts';

/** Every option of `tokometer published`. */
export const publishedOptions = {
  model: option({
    flag: 'model',
    type: text('name'),
    default: null,
    describe: 'Only this model, in any case; an ending such as -AWQ asks for that quantisation.',
    group: 'Model',
    example: '--model Qwen3-8B',
  }),
  framework: option({
    flag: 'framework',
    type: text('name'),
    default: null,
    describe: 'Only this one: Transformers, vLLM or SGLang.',
    group: 'Model',
  }),
  hardware: option({
    flag: 'hardware',
    type: text('name'),
    default: null,
    describe: 'Only devices with this in their name: A100, H20.',
    group: 'Model',
  }),
  quantization: option({
    flag: 'quantization',
    type: text('name'),
    default: null,
    describe: 'Only this one: BF16, FP8, GPTQ-Int8, GPTQ-Int4, AWQ.',
    group: 'Model',
  }),
  inputLength: option({
    flag: 'input-length',
    type: integer({ min: 1 }),
    default: null,
    describe: 'Only this number of prompt tokens: 1, 6144, 14336, 30720, 63488 or 129024.',
    group: 'Workload',
  }),
  format: option({
    flag: 'format',
    type: choice(['table', 'json', 'csv']),
    default: 'table',
    describe: 'json and csv have every column.',
    group: 'Output',
  }),
};
