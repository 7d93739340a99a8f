import { option } from './option.ts';
import { decimal, httpUrl, integer, text, toggle } from './value-types.ts';

/** Where results go, and what is said on the way. */
export const outputOptions = {
  outputsDirectory: option({
    flag: 'outputs-dir',
    type: text('folder'),
    default: 'outputs',
    describe: 'Results go to FOLDER/{model}/{timestamp}/.',
    group: 'Output',
    example: '--outputs-dir results',
  }),
  name: option({
    flag: 'name',
    type: text('name'),
    default: null,
    describe: "The run's name; takes the model's place in the output path.",
    group: 'Output',
  }),
  timestamp: option({
    flag: 'timestamp',
    type: toggle(),
    default: true,
    describe: 'Give each run a timestamped folder.',
    group: 'Output',
  }),
  logEveryRequests: option({
    flag: 'log-every-n-query',
    type: integer({ min: 1 }),
    default: 100,
    describe: 'Off a terminal: a line of progress every so many requests.',
    group: 'Output',
  }),
  peakBandwidth: option({
    flag: 'peak-bandwidth',
    type: decimal({ min: 0, above: true }),
    default: null,
    describe:
      'Peak memory bandwidth in GB/s of all devices that compute: what decode is compared with. Known accelerators need none.',
    group: 'Output',
    example: '--peak-bandwidth 51.2',
  }),
  peakTflops: option({
    flag: 'peak-tflops',
    type: decimal({ min: 0, above: true }),
    default: null,
    describe: 'Peak computing rate in TFLOP/s of all devices that compute: what prefill is compared with.',
    group: 'Output',
  }),
  push: option({
    flag: 'push',
    type: httpUrl('http://localhost:4318'),
    default: null,
    describe:
      'Send the values of the result to this OpenTelemetry collector (OTLP over HTTP), after all else; /v1/metrics is added to an ' +
      'address without a path. Needs packages, which are named when they are missing.',
    group: 'Output',
    example: '--push http://localhost:4318',
  }),
  json: option({
    flag: 'json',
    type: toggle(),
    default: false,
    describe: 'Print the summary as JSON on stdout in place of the table.',
    group: 'Output',
  }),
  quiet: option({
    flag: 'quiet',
    short: 'q',
    type: toggle(),
    default: false,
    describe: 'Nothing but results, warnings and errors.',
    group: 'Output',
  }),
  debug: option({
    flag: 'debug',
    type: toggle(),
    default: false,
    describe: 'Say what is sent and found out on the way; on a bug of ours, show the stack.',
    group: 'Output',
  }),
  printPlan: option({
    flag: 'print-plan',
    type: toggle(),
    default: false,
    describe: 'Print the plan as JSON and stop.',
    group: 'Output',
  }),
  from: option({
    flag: 'from',
    type: text('run'),
    default: null,
    describe:
      'Repeat the run of this directory: its plan is taken, flags beside win over it, and what differs from then is told. Secrets are ' +
      'not stored: give --api-key again.',
    group: 'Output',
    example: '--from outputs/qwen2.5/20260131_120000',
  }),
  config: option({
    flag: 'config',
    type: text('file'),
    default: null,
    describe: 'A YAML or JSON file with options by their flag names; flags and environment variables win over it.',
    group: 'Output',
    example: '--config speed.yaml',
  }),
};
