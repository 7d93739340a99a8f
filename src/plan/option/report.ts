import { option } from './option.ts';
import { outputOptions } from './output.ts';
import { choice, text, toggle } from './value-types.ts';

/** Formats that people look at: text of a summary. */
const shownFormats = ['table', 'markdown', 'html', 'json'] as const;

/** Formats for other programs. */
export const exportFormats = ['csv', 'jsonl', 'parquet', 'sqlite', 'llama-bench', 'evalscope', 'qwen'] as const;

/** Every option of `tokometer report`. */
export const reportOptions = {
  format: option({
    flag: 'format',
    type: choice([...shownFormats, ...exportFormats]),
    default: 'table',
    describe:
      'How the result is written. Of several runs: tables one after the other, one page with their charts over one another, a list, one file. parquet and sqlite need a package, which is named when it is missing.',
    group: 'Output',
    example: '--format csv',
  }),
  output: option({
    flag: 'output',
    short: 'o',
    type: text('file'),
    default: null,
    describe:
      'Write into this file, in place of one that is there, and not to stdout; for evalscope of a load into this folder.',
    group: 'Output',
    example: '--output results.sqlite',
  }),
  write: option({
    flag: 'write',
    type: toggle(),
    default: false,
    describe: 'Write summary.json, speed_benchmark.json and report.html into each run directory again.',
    group: 'Output',
  }),
  push: outputOptions.push,
};

export function isExportFormat(format: string): format is (typeof exportFormats)[number] {
  return exportFormats.some((one) => one === format);
}
