import { option } from './option.ts';
import { choice, text } from './value-types.ts';

/** Which engine, which model. */
export const modelOptions = {
  api: option({
    flag: 'api',
    type: choice([
      'openai',
      'local',
      'local_vllm',
      'local_sglang',
      'local_llama_server',
      'local_llama',
      'command',
      'reference',
    ]),
    default: 'openai',
    describe:
      'openai: a served OpenAI-compatible API. local: Transformers. local_vllm, local_sglang (not yet run), local_llama_server: a server that is started, measured and stopped. local_llama: llama.cpp in this process. command: any server, by --engine-command. reference: scripted timing.',
    group: 'Model',
    example: '--api openai',
  }),
  model: option({
    flag: 'model',
    type: text('name'),
    default: null,
    describe: 'Name the server knows the model by; for local engines a hub name, a folder or a .gguf file.',
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
