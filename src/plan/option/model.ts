import { option } from './option.ts';
import { choice, text } from './value-types.ts';

/** Which engine, which model. */
export const modelOptions = {
  api: option({
    flag: 'api',
    type: choice(['openai', 'local_llama', 'reference']),
    default: 'openai',
    describe:
      'openai: a served OpenAI-compatible API. local_llama: llama.cpp in this process. reference: scripted timing, for trying things out.',
    group: 'Model',
    example: '--api openai',
  }),
  model: option({
    flag: 'model',
    type: text('name'),
    default: null,
    describe:
      'Name the server knows the model by; for local_llama a .gguf file, or a model name with --load-format dummy.',
    group: 'Model',
    example: '--model qwen2.5',
  }),
  loadFormat: option({
    flag: 'load-format',
    type: choice(['auto', 'dummy']),
    default: 'auto',
    describe: "dummy: random weights of the model's published shape, written on the spot. Rows say so.",
    group: 'Model',
    example: '--load-format dummy',
  }),
  tokenizerPath: option({
    flag: 'tokenizer-path',
    type: text('path'),
    default: null,
    describe:
      'A tokenizer.json or its folder: for exact prompt lengths where the server neither takes token ids nor tokenizes.',
    group: 'Model',
    example: '--tokenizer-path ./tokenizer.json',
  }),
};
