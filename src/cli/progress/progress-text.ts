import { formatCount, formatDuration } from '../../base/units.ts';
import type { PassProgress, RequestProgress } from '../../contract/engine.ts';

/** `repetition 2 of 3`, `warm-up`, `warm-up 1 of 2`. */
export function passName({ phase, repetition, repetitions }: PassProgress): string {
  if (phase === 'measured') return `repetition ${formatCount(repetition)} of ${formatCount(repetitions)}`;
  return repetitions > 1 ? `warm-up ${formatCount(repetition)} of ${formatCount(repetitions)}` : 'warm-up';
}

/** A pass that begins, as one line of a log. */
export function passText(progress: PassProgress): string {
  const left = timeLeft(progress.remainingMs);
  const lengths = `prompt ${formatCount(progress.promptTokens)}, generate ${formatCount(progress.outputTokens)}`;
  return `${lengths}: ${passName(progress)}${left === null ? '' : `, ${left}`}`;
}

/** Requests so far and the last one, as one line of a log. */
export function requestText(progress: RequestProgress): string {
  const { done, total, failed, promptTokens } = progress;
  const last = [`prompt ${formatCount(promptTokens)}`, ...measuredParts(progress)].join(', ');
  return `${formatCount(done)} of ${formatCount(total)} done, ${formatCount(failed)} failed; last: ${last}`;
}

/** A request that failed, with the words of whoever failed it. */
export function failedText({ done, total, promptTokens }: RequestProgress, failure: string): string {
  return `request ${formatCount(done)} of ${formatCount(total)}, prompt ${formatCount(promptTokens)}: ${failure}`;
}

/** A cell that ended, told by its last request; null when that tells no speed. */
export function resultText(progress: RequestProgress, repetitions: number): string | null {
  const parts = measuredParts(progress);
  if (parts.length === 0) return null;
  const counted = repetitions === 1 ? '1 repetition' : `${formatCount(repetitions)} repetitions`;
  return `${counted} · last: ${parts.join(', ')}`;
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

function measuredParts({ ttftMs, tokensPerSecond }: RequestProgress): string[] {
  return [
    ...(tokensPerSecond === null ? [] : [speedText(tokensPerSecond)]),
    ...(ttftMs === null ? [] : [`TTFT ${formatDuration(ttftMs)}`]),
  ];
}
