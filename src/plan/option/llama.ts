import { option } from './option.ts';
import { choice, integer } from './value-types.ts';

/** The embedded llama.cpp. */
export const llamaOptions = {
  threads: option({
    flag: 'threads',
    type: integer({ min: 1 }),
    default: null,
    describe: 'CPU threads. Unset: chosen by a short probe and printed.',
    group: 'Embedded llama.cpp',
    example: '--threads 2',
  }),
  dummyQuantization: option({
    flag: 'dummy-quantization',
    type: choice(['Q4_0', 'Q8_0']),
    default: 'Q4_0',
    describe: 'How dummy weights of llama.cpp, embedded or as a server, are stored.',
    group: 'Embedded llama.cpp',
  }),
};
