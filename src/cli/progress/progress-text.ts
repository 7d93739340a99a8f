import { formatCount, formatDuration } from '../../base/units.ts';
import type { PassEnd, PassProgress, RequestProgress } from '../../contract/engine.ts';

/** The name of a row in a narrow column: its prompt length, `load 512`, or `20 req/s`. */
export function rowLabel({ kind, promptTokens, parallel, arrival }: PassProgress): string {
  if (arrival !== null) return `${arrival.requestsPerSecond} req/s`;
  return kind === 'load' || promptTokens === null ? `load ${parallel}` : formatCount(promptTokens);
}

/** `repetition 2 of 3`, `warm-up`, `warm-up 1 of at most 5`, `start 2 of 5, repetition 1 of 3`. */
export function passName(pass: PassProgress): string {
  const { phase, execution, executions, repetition, repetitions, isOpen } = pass;
  const start = executions === 1 ? '' : `start ${formatCount(execution)} of ${formatCount(executions)}, `;
  const name = phase === 'measured' ? 'repetition' : 'warm-up';
  if (phase === 'warmup' && repetitions === 1) return `${start}${name}`;
  const of = repetitions === null ? '' : ` of ${isOpen ? 'at most ' : ''}${formatCount(repetitions)}`;
  return `${start}${name} ${formatCount(repetition)}${of}`;
}

/** A pass that begins, as one line of a log. */
export function passText(progress: PassProgress): string {
  const left = timeLeft(progress.remainingMs);
  const { kind, requests } = progress;
  const generated = `generate ${formatCount(progress.outputTokens)}`;
  const lengths =
    kind === 'load'
      ? `${loadText(progress)}, ${requestCount(requests)}, ${generated}`
      : `${promptText(progress)}, ${generated}`;
  return `${lengths}: ${passName(progress)}${left === null ? '' : `, ${left}`}`;
}

function loadText({ parallel, arrival }: PassProgress): string {
  if (arrival === null) return `${formatCount(parallel ?? 1)} in flight`;
  return `${arrival.requestsPerSecond} requests/s (${arrival.kind})`;
}

/** Requests so far and the last one, as one line of a log. */
export function requestText(progress: RequestProgress): string {
  const { done, total, failed } = progress;
  const last = [promptText(progress), ...measuredParts(progress)].join(', ');
  return `${formatCount(done)}${ofTotal(total)} done, ${formatCount(failed)} failed; last: ${last}`;
}

/** A request that failed, with the words of whoever failed it. */
export function failedText(progress: RequestProgress, failure: string): string {
  const { done, total } = progress;
  return `request ${formatCount(done)}${ofTotal(total)}, ${promptText(progress)}: ${failure}`;
}

/** A cell that ended, told by its last request; null when that tells no speed. */
export function resultText(progress: RequestProgress, repetitions: number): string | null {
  const parts = measuredParts(progress);
  if (parts.length === 0) return null;
  const counted = repetitions === 1 ? '1 repetition' : `${formatCount(repetitions)} repetitions`;
  return `${counted} · last: ${parts.join(', ')}`;
}

/** A load pass that ended: `2,048 requests in 12.3 s · 21,300 tok/s`. */
export function passEndText({ done, failed, durationMs, outputTokens }: PassEnd): string {
  const counted = `${requestCount(done)}${failed === 0 ? '' : `, ${formatCount(failed)} failed,`}`;
  const speed = durationMs <= 0 ? [] : [speedText((outputTokens / durationMs) * 1000)];
  return [`${counted} in ${formatDuration(durationMs)}`, ...speed].join(' · ');
}

/** `3 min 10 s left`, in whole seconds so that it doesn't flicker; null when unknown or over. */
export function timeLeft(remainingMs: number | null): string | null {
  if (remainingMs === null || remainingMs <= 0) return null;
  const seconds = Math.ceil(remainingMs / 1000);
  return `${seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000)} left`;
}

/** A speed with one decimal, fewer where it is large. */
export function speedText(tokensPerSecond: number): string {
  return `${tokensPerSecond >= 1000 ? formatCount(Math.round(tokensPerSecond)) : tokensPerSecond.toFixed(1)} tok/s`;
}

function ofTotal(total: number | null): string {
  return total === null ? '' : ` of ${formatCount(total)}`;
}

function requestCount(requests: number): string {
  return `${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`;
}

function promptText({ promptTokens }: { readonly promptTokens: number | null }): string {
  return promptTokens === null ? 'fixed prompt' : `prompt ${formatCount(promptTokens)}`;
}

function measuredParts({ ttftMs, tokensPerSecond }: RequestProgress): string[] {
  return [
    ...(tokensPerSecond === null ? [] : [speedText(tokensPerSecond)]),
    ...(ttftMs === null ? [] : [`TTFT ${formatDuration(ttftMs)}`]),
  ];
}
