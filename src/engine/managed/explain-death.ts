import type { ErrorCode } from '../../base/errors.ts';
import { oneLine } from '../../base/escape.ts';
import { isInformation, logWords } from './engine-log.ts';
import type { FailureHint } from './server-description.ts';

/** Why a server ended, as far as its log tells. */
export interface DeathWords {
  /** The decisive line; null: the log is silent. */
  readonly quote: string | null;
  readonly hint: string;
  readonly code: ErrorCode;
}

// Said by a parent process about a child that said why before.
const secondHand = /Engine core initialization failed|See (?:root cause|stack trace)|EngineDeadError/;
// vLLM prints its whole configuration when it dies: what stands there is no cause.
const settings = /Dumping (?:input data|scheduler)/;
const exceptionLine = /^[\w.]*(?:Error|Exception|Exit|Interrupt)\b/;

// What the kernel did to a process; the process itself had no time to say so.
const signalHints: Partial<Record<NodeJS.Signals, string>> = {
  SIGILL:
    'It is compiled for another CPU: this one lacks an instruction that it uses. Install a build for this machine.',
  SIGKILL: 'SIGKILL without a word is usually the kernel, out of memory: choose a smaller model or a shorter context.',
};

/**
 * Finds the decisive line: what the table knows, else the first exception, else the last line that speaks of an error.
 * What a log holds no words for, `signal` may tell.
 */
export function explainDeath(
  lines: readonly string[],
  failures: readonly FailureHint[],
  signal: NodeJS.Signals | null = null,
): DeathWords {
  const telling = lines.filter((line) => !isInformation(line) && !settings.test(line)).map(logWords);
  for (const { pattern, hint, code } of failures) {
    const line = telling.find((candidate) => pattern.test(candidate));
    if (line !== undefined) {
      const advice = typeof hint === 'string' ? hint : hint(line);
      return { quote: oneLine(line, 300), hint: advice, code: code ?? 'E_ENGINE_START' };
    }
  }
  const spoken = lines.map(logWords).filter((line) => line !== '');
  const line =
    telling.find((candidate) => exceptionLine.test(candidate) && !secondHand.test(candidate)) ??
    telling.findLast((candidate) => /\b(?:error|fatal|failed|abort|killed)\b/i.test(candidate)) ??
    spoken.at(-1);
  return {
    quote: line === undefined ? null : oneLine(line, 300),
    hint: (signal === null ? undefined : signalHints[signal]) ?? "The engine's own log says why.",
    code: 'E_ENGINE_START',
  };
}
