import { option } from './option.ts';
import { choice, text } from './value-types.ts';

/** Every option of `tokometer env`. */
export const envOptions = {
  accelerator: option({
    flag: 'accelerator',
    type: choice(['cpu', 'cuda', 'rocm']),
    default: null,
    describe: 'What the packages are built for. Unset: what the machine has.',
    group: 'Local engines',
  }),
  python: option({
    flag: 'python',
    type: text('path'),
    default: null,
    describe: 'The interpreter that the environment is made from. Unset: python3.',
    group: 'Local engines',
  }),
};
