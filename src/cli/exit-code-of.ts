import { exitCodes, TokometerError } from '../base/errors.ts';
import { verdictOf } from '../metrics/verdict.ts';
import type { RunResult } from '../run/run.ts';
import { printError } from './print-error.ts';

/** Says how a run ended, last of all, and gives the exit code: an error, an interrupt, nothing succeeded, nothing valid. */
export async function exitCodeOf(
  result: RunResult,
  ending: { stderr: NodeJS.WriteStream; debug: boolean; write: () => Promise<void> },
): Promise<number> {
  const output = { write: (text: string) => ending.stderr.write(text), debug: ending.debug };
  if (result.stoppedBy instanceof TokometerError) return printError(result.stoppedBy, output);
  await ending.write();
  if (result.stoppedBy === 'signal') return exitCodes.interrupted;
  switch (verdictOf(result.summary)) {
    case 'ok':
      return exitCodes.ok;
    case 'all-failed':
      return printError(
        new TokometerError(
          'E_ALL_FAILED',
          `none of the measured requests succeeded; the first said: ${firstFailure(result)}`,
          {
            hint: 'the footnotes name each failure; records.jsonl in the run directory keeps them all',
          },
        ),
        output,
      );
    case 'no-valid-row':
      return printError(
        new TokometerError('E_NO_VALID_ROW', 'no row of the table is valid; the footnotes say why', {
          hint: 'most often the prompt lengths could not be proved: try --tokenizer-path',
        }),
        output,
      );
  }
}

function firstFailure(result: RunResult): string {
  for (const row of result.summary.rows) {
    const failed = row.requests.find((request) => request.outcome.status === 'failed');
    if (failed?.outcome.message != null) return failed.outcome.message;
  }
  return 'nothing';
}
