import { exitCodes } from '../base/errors.ts';
import { plainText } from '../base/escape.ts';
import type { MeasuredRun } from '../contract/export.ts';
import { loadOtlpPush } from '../store/export/otlp.ts';
import { printError } from './print-error.ts';

interface Voice {
  readonly stderr: { write(text: string): unknown };
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** Sends a result that is written and shown. Throws E_PUSH. */
export type Push = (run: MeasuredRun) => Promise<void>;

/** Gets ready to send results to a collector; null when none is named. Throws E_MISSING_PACKAGE. */
export async function openPush(url: string | null, { stderr, quiet }: Omit<Voice, 'debug'>): Promise<Push | null> {
  if (url === null) return null;
  const send = await loadOtlpPush();
  return async (run) => {
    const { points, url: place, odd } = await send(run, url);
    if (!quiet) stderr.write(`pushed    ${points} values of ${run.directory} to ${place}\n`);
    if (odd !== null) stderr.write(`note      ${place} did not answer as a collector does: ${plainText(odd)}\n`);
  };
}

/** What a run that was measured ends with: its own exit code, or that of a push that failed after all went well. */
export async function pushMeasured(
  push: Push | null,
  run: MeasuredRun & { readonly stoppedBy: unknown },
  { code, stderr, debug }: Omit<Voice, 'quiet'> & { readonly code: number },
): Promise<number> {
  if (push === null) return code;
  if (run.stoppedBy !== null) {
    stderr.write(`not pushed: the run did not end; tokometer report ${run.directory} --push URL sends what there is\n`);
    return code;
  }
  try {
    await push(run);
    return code;
  } catch (error) {
    const failed = printError(error, { write: (text) => stderr.write(text), debug });
    return code === exitCodes.ok ? failed : code;
  }
}
