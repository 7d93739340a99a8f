import { option } from './option.ts';
import { decimal, integer, text, toggle } from './value-types.ts';

/** Servers that Tokometer starts. */
export const serverOptions = {
  gpuMemoryUtilization: option({
    flag: 'gpu-memory-utilization',
    type: decimal({ min: 0, max: 1, above: true }),
    default: 0.9,
    describe: "Share of the GPU's memory that vLLM may take.",
    group: 'Started servers',
  }),
  enforceEager: option({
    flag: 'enforce-eager',
    type: toggle(),
    default: false,
    describe: 'Run vLLM without CUDA graphs.',
    group: 'Started servers',
  }),
  maxModelLength: option({
    flag: 'max-model-len',
    type: integer({ min: 2 }),
    default: null,
    describe: 'Longest prompt + generation that the server is started for. Unset: that of the longest row.',
    group: 'Started servers',
  }),
  engineArguments: option({
    flag: 'engine-args',
    type: text('words'),
    default: null,
    describe: 'More arguments of the server, in one quoted text; passed on as they are.',
    group: 'Started servers',
    example: "--engine-args '--block-size 32'",
  }),
  engineCommand: option({
    flag: 'engine-command',
    type: text('command'),
    default: null,
    describe: 'Start this server in place of a known one; {port} and {model} are filled in. Means --api command.',
    group: 'Started servers',
    example: "--engine-command 'my-server --port {port} --model {model}'",
  }),
};
