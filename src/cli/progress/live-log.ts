import type { LivePass } from './live-pass.ts';

interface LiveLogInput {
  readonly live: LivePass;
  /** A line every so many requests; 0 for none. */
  readonly everyRequests: number;
  readonly tell: (text: string) => void;
}

const lookMs = 100;

/** Where there is no terminal: a line each time that a load pass has done so many requests more. */
export class LiveLog {
  readonly #input: LiveLogInput;
  #timer: NodeJS.Timeout | null = null;
  #told = 0;

  constructor(input: LiveLogInput) {
    this.#input = input;
  }

  /** The pass that begins has done nothing yet. */
  start(): void {
    this.#told = 0;
    if (this.#input.everyRequests <= 0) return;
    this.#timer ??= setInterval(() => this.#look(), lookMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const { live, everyRequests, tell } = this.#input;
    const times = Math.floor(live.load().done / everyRequests);
    // Each look takes a sample: the speed that is told is that of the last second.
    const { text } = live.text();
    if (times <= this.#told) return;
    this.#told = times;
    tell(text);
  }
}
