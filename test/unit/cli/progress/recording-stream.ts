import type { ProgressStream } from '../../../../src/cli/progress/progress-stream.ts';

/** A stream that keeps what is written, and shows it as a terminal would. */
export class RecordingStream implements ProgressStream {
  readonly writes: string[] = [];
  readonly isTTY: boolean;
  columns: number;

  constructor(terminal: { isTTY: boolean; columns?: number }) {
    this.isTTY = terminal.isTTY;
    this.columns = terminal.columns ?? 80;
  }

  write(text: string): boolean {
    this.writes.push(text);
    return true;
  }

  get raw(): string {
    return this.writes.join('');
  }

  /** The lines that remain on the screen. */
  get screen(): string[] {
    return screenOf(this.raw);
  }
}

/** What is left on a terminal: a line that was cleared is gone. Colours and cursor switches don't show. */
export function screenOf(raw: string): string[] {
  return raw
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.split('\u001b[2K').at(-1) ?? '')
    .map((line) => withoutCodes(line).replaceAll('\r', ''));
}

/** The text without its colours, clearings and cursor switches. */
export function withoutCodes(text: string): string {
  return text.replaceAll(new RegExp(String.raw`\x1b\[[0-9;?]*[a-zA-Z]`, 'g'), '');
}
