import { option } from './option.ts';
import { outputOptions } from './output.ts';
import { choice, text, texts, toggle } from './value-types.ts';

/** Every option of `tokometer compare`. */
export const compareOptions = {
  base: option({
    flag: 'base',
    type: texts('run'),
    default: null,
    describe:
      'Several runs as the base, each with starts of its own; together with --candidate, in place of BASE and CANDIDATE.',
    group: 'Output',
    example: '--base a1 a2 a3 --candidate b1 b2 b3',
  }),
  candidate: option({
    flag: 'candidate',
    type: texts('run'),
    default: null,
    describe: 'Several runs as the candidate.',
    group: 'Output',
  }),
  failIf: option({
    flag: 'fail-if',
    type: texts('gate'),
    default: null,
    describe:
      'End with exit 6 where this holds in a cell: METRIC, < or >, and a change in percent or a value with its unit. May be given more than once.',
    group: 'Output',
    example: "--fail-if 'decode_speed < -3%' --fail-if 'ttft > 200ms'",
  }),
  allowDifferent: option({
    flag: 'allow-different',
    type: texts('field'),
    default: null,
    describe:
      'What may differ, because it is what is compared: model, weights, dtype, settings, workload, cache, definition. Without it such results are not comparable.',
    group: 'Output',
    example: '--allow-different settings dtype',
  }),
  format: option({
    flag: 'format',
    type: choice(['table', 'markdown', 'json']),
    default: 'table',
    describe: 'table for a terminal, markdown for a pull request, json for programs and with every metric.',
    group: 'Output',
  }),
  saveBaseline: option({
    flag: 'save-baseline',
    type: text('name'),
    default: null,
    describe: 'Keep the result that is named as a baseline: later its name can stand in place of BASE.',
    group: 'Output',
    example: '--save-baseline main outputs/qwen2.5/20260131_120000',
  }),
  listBaselines: option({
    flag: 'list-baselines',
    type: toggle(),
    default: false,
    describe: 'Print the names of the saved baselines.',
    group: 'Output',
  }),
  outputsDirectory: option({
    ...outputOptions.outputsDirectory,
    describe: 'Baselines are kept in FOLDER/.baselines/.',
  }),
};
