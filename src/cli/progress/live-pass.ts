import type { LiveCounters } from '../../base/live-counters.ts';
import { formatCount } from '../../base/units.ts';
import type { PassProgress } from '../../contract/engine.ts';
import { loadTimeLeft, type LoadState } from './load-time-left.ts';
import { passName, rowLabel, speedText, timeLeft } from './progress-text.ts';

const windowMs = 1000;

/** The pass under way in words, from the counters; speed is that of the last second. */
export class LivePass {
  readonly #counters: LiveCounters;
  readonly #now: () => number;
  #pass: PassProgress | null = null;
  #beganMs = 0;
  #began = { done: 0, failed: 0, tokens: 0 };
  #samples: { readonly atMs: number; readonly tokens: number }[] = [];

  constructor(counters: LiveCounters, now: () => number) {
    this.#counters = counters;
    this.#now = now;
  }

  get cell(): string | null {
    return this.#pass?.cell ?? null;
  }

  get pass(): PassProgress | null {
    return this.#pass;
  }

  /** Of the pass under way, in this life of the engine. */
  get repetition(): number {
    return this.#pass?.repetition ?? 0;
  }

  isLastRepetition(): boolean {
    const pass = this.#pass;
    return pass?.phase === 'measured' && pass.repetitions !== null && pass.repetition >= pass.repetitions;
  }

  begin(pass: PassProgress): void {
    const counters = this.#counters;
    this.#pass = pass;
    this.#beganMs = this.#now();
    this.#began = { done: counters.get('done'), failed: counters.get('failed'), tokens: counters.get('tokens') };
    this.#samples = [];
  }

  /** Takes a sample of the counters; the columns left of the text are the label's. */
  text(): { readonly label: string; readonly text: string } {
    const pass = this.#pass;
    if (pass === null) return { label: '', text: '' };
    const parts = pass.kind === 'load' ? this.#loadParts(pass) : this.#speedParts(pass);
    return { label: rowLabel(pass), text: parts.join(' · ') };
  }

  load(): LoadState {
    const counters = this.#counters;
    return {
      done: counters.get('done') - this.#began.done,
      failed: counters.get('failed') - this.#began.failed,
      inFlight: counters.get('due') - counters.get('done'),
      tokens: counters.get('tokens') - this.#began.tokens,
    };
  }

  #speedParts(pass: PassProgress): string[] {
    const atMs = this.#now();
    const tokens = this.#counters.get('requestTokens');
    const speed = this.#speedAt(atMs, tokens);
    const left = pass.remainingMs === null ? null : timeLeft(pass.remainingMs - (atMs - this.#beganMs));
    return [
      passName(pass),
      tokens === 0 ? 'prefill' : `${formatCount(tokens)} of ${formatCount(pass.outputTokens)} tokens`,
      ...(speed === null ? [] : [speedText(speed)]),
      ...(left === null ? [] : [left]),
    ];
  }

  #loadParts(pass: PassProgress): string[] {
    const atMs = this.#now();
    const state = this.load();
    const speed = this.#speedAt(atMs, state.tokens);
    const left = timeLeft(loadTimeLeft(pass, state, atMs - this.#beganMs));
    const isPlain = pass.phase === 'measured' && pass.repetitions === 1;
    return [
      ...(isPlain ? [] : [passName(pass)]),
      `requests ${formatCount(state.done)} of ${formatCount(pass.requests)}`,
      ...(state.failed === 0 ? [] : [`${formatCount(state.failed)} failed`]),
      `in flight ${formatCount(state.inFlight)}`,
      ...(speed === null ? [] : [speedText(speed)]),
      ...(left === null ? [] : [left]),
    ];
  }

  // null until there is something to measure; a new request of a speed cell starts anew.
  #speedAt(atMs: number, tokens: number): number | null {
    const last = this.#samples.at(-1);
    if (tokens === 0 || (last !== undefined && tokens < last.tokens)) this.#samples = [];
    if (tokens === 0) return null;
    this.#samples.push({ atMs, tokens });
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - windowMs) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || atMs - first.atMs < windowMs / 4) return null;
    return ((tokens - first.tokens) / (atMs - first.atMs)) * 1000;
  }
}
