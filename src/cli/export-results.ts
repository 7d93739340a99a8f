import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { TokometerError } from '../base/errors.ts';
import type { ExportedRun } from '../contract/export.ts';
import type { SloLimit } from '../contract/plan.ts';
import type { exportFormats } from '../plan/option/report.ts';
import { resultsCsv } from '../store/export/csv.ts';
import { evalscopeLoadFiles, evalscopeSummary } from '../store/export/evalscope-load.ts';
import { resultsJsonl } from '../store/export/jsonl.ts';
import { llamaBenchJson } from '../store/export/llama-bench.ts';
import { loadParquetWriter } from '../store/export/parquet.ts';
import { qwenCsv } from '../store/export/qwen-csv.ts';
import { speedBenchmarkJson } from '../store/export/speed-benchmark.ts';
import { loadSqliteWriter } from '../store/export/sqlite.ts';
import type { CommandContext } from './command-module.ts';
import { deliver, fillOutput } from './deliver.ts';
import { openRuns } from './open-runs.ts';

type ExportFormat = (typeof exportFormats)[number];

/** Writes runs in a format for other programs, to stdout or into `output`, and returns them. Throws E_USAGE where that can't be. */
export async function exportResults(
  places: readonly string[],
  { format, output, slo }: { format: ExportFormat; output: string | null; slo: readonly SloLimit[] },
  { stdout, stderr }: Pick<CommandContext, 'stdout' | 'stderr'>,
): Promise<readonly ExportedRun[]> {
  refuseTerminal(format, output, stdout.isTTY);
  const say = (text: string): void => void stderr.write(`${text}\n`);
  const runs = await openRuns(places, say, slo);
  await writeRuns(runs, { format, output }, { say, stdout });
  return runs;
}

async function writeRuns(
  runs: readonly ExportedRun[],
  { format, output }: { format: ExportFormat; output: string | null },
  { say, stdout }: { say: (text: string) => void; stdout: CommandContext['stdout'] },
): Promise<void> {
  switch (format) {
    case 'csv':
      return deliver(resultsCsv(runs), output, stdout);
    case 'jsonl':
      return deliver(resultsJsonl(runs), output, stdout);
    case 'parquet':
      return writeParquet(runs, output, stdout);
    case 'sqlite': {
      const write = await loadSqliteWriter();
      return deliver(await write(runs), output, stdout);
    }
    case 'llama-bench':
      return deliver(llamaBenchJson(withValidRows(only(runs, format), say)), output, stdout);
    case 'evalscope': {
      const run = only(runs, format);
      if (!run.summary.rows.some(({ kind }) => kind === 'load')) {
        return deliver(speedBenchmarkJson(run.summary, run.plan), output, stdout);
      }
      return writeEvalscopeLoad(withValidRows(run, say), output, stdout);
    }
    case 'qwen': {
      const { summary, plan } = only(runs, format);
      return deliver(qwenCsv(summary, plan), output, stdout);
    }
  }
}

function refuseTerminal(format: ExportFormat, output: string | null, isTerminal: boolean): void {
  if (output !== null || !(format === 'sqlite' || (format === 'parquet' && isTerminal))) return;
  throw new TokometerError('E_USAGE', `--format ${format} needs a file to write to`, {
    hint: `add --output results.${format}`,
  });
}

function only(runs: readonly ExportedRun[], format: ExportFormat): ExportedRun {
  const [run] = runs;
  if (run !== undefined && runs.length === 1) return run;
  throw new TokometerError('E_USAGE', `--format ${format} takes one run, got ${runs.length}`, {
    hint: 'csv, jsonl, parquet and sqlite take several',
  });
}

async function writeParquet(
  runs: readonly ExportedRun[],
  output: string | null,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  const write = await loadParquetWriter();
  if (output !== null) return fillOutput(output, (file) => write({ runs, file }));
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-'));
  try {
    const file = path.join(folder, 'requests.parquet');
    await write({ runs, file });
    await deliver(await readFile(file), null, stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// A form that can't say that a row is not valid must not hold it: it would be believed.
function withValidRows(run: ExportedRun, say: (text: string) => void): ExportedRun {
  for (const { cell, valid, reasons } of run.summary.rows) {
    if (!valid) say(`left out: ${cell} is not valid (${reasons.join('; ')})`);
  }
  return { ...run, summary: { ...run.summary, rows: run.summary.rows.filter(({ valid }) => valid) } };
}

// EvalScope leaves a folder for each point of a load.
async function writeEvalscopeLoad(
  run: ExportedRun,
  output: string | null,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  const { rows } = run.summary;
  if (output !== null) return writeFolder(evalscopeLoadFiles(run), output);
  const [row] = rows;
  if (row === undefined) throw new TokometerError('E_NO_VALID_ROW', `${run.directory} has no valid row`);
  if (rows.length > 1) {
    throw new TokometerError('E_USAGE', `--format evalscope has a folder for each of the ${rows.length} loads`, {
      hint: 'name the folder that they go into with --output',
    });
  }
  return deliver(evalscopeSummary(row, run), null, stdout);
}

async function writeFolder(files: readonly { path: string; text: string }[], folder: string): Promise<void> {
  for (const file of files) {
    const target = path.join(folder, file.path);
    // oxlint-disable-next-line no-await-in-loop
    await fillOutput(target, async (temporary) => {
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(temporary, file.text);
    });
  }
}
