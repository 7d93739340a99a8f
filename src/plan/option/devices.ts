import { option } from './option.ts';
import { choice, seconds, text, toggle } from './value-types.ts';

/** What every engine that Tokometer starts itself has in common. */
export const deviceOptions = {
  dtype: option({
    flag: 'dtype',
    type: text('dtype'),
    default: 'auto',
    describe: "Number format of weights and arithmetic, such as bfloat16; auto: the model's own.",
    group: 'Local engines',
    example: '--dtype bfloat16',
  }),
  gpus: option({
    flag: 'gpus',
    type: text('ids'),
    default: null,
    describe: 'Devices to use, such as 0,1: sets CUDA_VISIBLE_DEVICES. Unset: as the environment has it.',
    group: 'Local engines',
    example: '--gpus 0,1',
  }),
  hub: option({
    flag: 'hub',
    type: choice(['auto', 'huggingface', 'modelscope']),
    default: 'auto',
    describe: 'Where a model name is looked up. auto: what a cache holds, else ModelScope, else Hugging Face.',
    group: 'Local engines',
  }),
  useModelscope: option({
    flag: 'use-modelscope',
    type: toggle(),
    default: false,
    describe: 'The same as --hub modelscope.',
    group: 'Local engines',
  }),
  revision: option({
    flag: 'revision',
    type: text('revision'),
    default: null,
    describe: "Branch, tag or commit of the model. Unset: the hub's default.",
    group: 'Local engines',
  }),
  trustRemoteCode: option({
    flag: 'trust-remote-code',
    type: toggle(),
    default: false,
    describe: "Run the model repository's own Python code.",
    group: 'Local engines',
  }),
  python: option({
    flag: 'python',
    type: text('path'),
    default: null,
    describe: 'Interpreter with the engine. Unset: an active environment, else a managed one, else python3.',
    group: 'Local engines',
    example: '--python ./venv/bin/python',
  }),
  startTimeoutMs: option({
    flag: 'start-timeout',
    type: seconds(),
    default: 1_800_000,
    describe: 'Longest wait for an engine to be ready.',
    group: 'Local engines',
  }),
  allowBusy: option({
    flag: 'allow-busy',
    type: toggle(),
    default: false,
    describe: 'Start the engine also on devices that other processes compute on; rows say so.',
    group: 'Local engines',
  }),
};
