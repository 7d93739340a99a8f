import { option } from './option.ts';
import { outputOptions } from './output.ts';
import { trafficOptions } from './traffic.ts';
import { choice, text, toggle } from './value-types.ts';

/** What help and docs say of a format. */
export interface FormatForm {
  readonly name: string;
  readonly describe: string;
  /** Whether it takes several runs into one result of its own form. */
  readonly severalRuns: string;
  readonly goesTo: string;
}

/** Formats that people look at: text of a summary. */
const shownFormats = ['table', 'markdown', 'html', 'card', 'json'] as const;

/** Formats for other programs. */
export const exportFormats = ['csv', 'jsonl', 'parquet', 'sqlite', 'llama-bench', 'evalscope', 'qwen'] as const;

type Format = (typeof shownFormats)[number] | (typeof exportFormats)[number];

const forms: Readonly<Record<Format, Omit<FormatForm, 'name'>>> = {
  table: { describe: 'the table of a terminal', severalRuns: 'one after the other', goesTo: 'stdout' },
  markdown: {
    describe: 'table and notes for a pull request or a README',
    severalRuns: 'one after the other',
    goesTo: 'stdout',
  },
  html: { describe: 'the report as one page', severalRuns: 'over one another', goesTo: 'stdout' },
  card: { describe: 'the answer as a picture (SVG) for a README or a chat', severalRuns: 'no', goesTo: 'stdout' },
  json: {
    describe: 'the whole summary, every number with unit, formula, n and method',
    severalRuns: 'a list',
    goesTo: 'stdout',
  },
  csv: {
    describe: 'one line a row, values side by side: the tables `rows` and `runs` of `tokometer query`',
    severalRuns: 'yes',
    goesTo: 'stdout',
  },
  jsonl: {
    describe: 'one line a row: all of the row, and what the summary says of its run',
    severalRuns: 'yes',
    goesTo: 'stdout',
  },
  parquet: {
    describe: 'one line a request: the table `requests`, of every request',
    severalRuns: 'yes',
    goesTo: 'a file, or stdout into a pipe',
  },
  sqlite: { describe: 'all four tables in one file, typed, with primary keys', severalRuns: 'yes', goesTo: 'a file' },
  'llama-bench': { describe: 'the JSON of `llama-bench -o json`', severalRuns: 'no', goesTo: 'stdout' },
  evalscope: {
    describe: '`speed_benchmark.json`, or of a load the folders of `evalscope perf`',
    severalRuns: 'no',
    goesTo: 'stdout; loads into a folder',
  },
  qwen: { describe: "the CSV of Qwen's benchmark scripts", severalRuns: 'no', goesTo: 'stdout' },
};

const formats: readonly Format[] = [...shownFormats, ...exportFormats];

/** Every format, in the order in which they are listed. */
export const formatForms: readonly FormatForm[] = formats.map((name) => ({ name, ...forms[name] }));

/** Every option of `tokometer report`. */
export const reportOptions = {
  format: option({
    flag: 'format',
    type: choice([...shownFormats, ...exportFormats]),
    default: 'table',
    describe:
      'How the result is written. Of several runs: tables one after the other, one page with their charts over one another, a list, one file; card takes one. parquet and sqlite need a package, which is named when it is missing.',
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
  slo: option({
    ...trafficOptions.slo,
    describe:
      'Judge the requests of a load by these limits in the place of those of its plan, on ttft, tpot or latency, in ms or s.',
    group: 'Output',
  }),
  push: outputOptions.push,
};

export function isExportFormat(format: string): format is (typeof exportFormats)[number] {
  return exportFormats.some((one) => one === format);
}
