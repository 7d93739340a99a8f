import { oneLine } from '../../base/escape.ts';
import { cutToWidth, padToWidth } from '../../report/table/text-layout.ts';
import { columnsOf } from './progress-stream.ts';
import type { ProgressStream } from './progress-stream.ts';

interface LiveScreenInput {
  readonly stream: ProgressStream;
  readonly spinner: (text: string) => string;
  readonly text: () => { readonly label: string; readonly text: string };
}

const redrawMs = 100;
const labelWidth = 10;
const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const clearLine = '\r\u001b[2K';
const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';

/** One line of a terminal that is redrawn ten times a second, with finished lines above it. */
export class LiveScreen {
  readonly #input: LiveScreenInput;
  #timer: NodeJS.Timeout | null = null;
  #frame = 0;

  constructor(input: LiveScreenInput) {
    this.#input = input;
  }

  start(): void {
    if (this.#timer !== null) return;
    this.#input.stream.write(hideCursor);
    this.#timer = setInterval(() => this.#draw(), redrawMs);
    // A run that ends must not wait for its own display.
    this.#timer.unref();
    process.once('exit', this.#restore);
    this.#draw();
  }

  /** Writes whole lines where the live line was; it comes back with the next redraw. */
  printAbove(text: string): void {
    this.#input.stream.write(this.#timer === null ? text : `${clearLine}${text}`);
  }

  stop(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    process.off('exit', this.#restore);
    this.#restore();
  }

  // Also when the process ends without a word: a shell without a cursor is a poor thank-you.
  readonly #restore = (): void => {
    this.#input.stream.write(`${clearLine}${showCursor}`);
  };

  #draw(): void {
    const { stream, spinner, text } = this.#input;
    const live = text();
    const frame = frames[this.#frame++ % frames.length] ?? ' ';
    // One column stays free: some terminals wrap as soon as the last one is filled.
    const width = columnsOf(stream) - 3;
    const line = cutToWidth(`${padToWidth(oneLine(live.label), labelWidth)} ${oneLine(live.text)}`, width);
    stream.write(`${clearLine}${width < 1 ? '' : `${spinner(frame)} ${line}`}`);
  }
}
