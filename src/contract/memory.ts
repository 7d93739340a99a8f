/** One way of reading memory, never mixed with another. */
export interface MemoryFigure {
  readonly kind: 'engine' | 'process' | 'device' | 'host';
  /** null where it can't be read; the reason says why. */
  readonly bytes: number | null;
  readonly method: string;
  readonly reason: string | null;
}
