/** The part of a write stream that progress needs. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Columns of a terminal now; a terminal that doesn't know says 0 or nothing. */
export function columnsOf(stream: ProgressStream): number {
  return stream.columns === undefined || stream.columns <= 0 ? 80 : stream.columns;
}
