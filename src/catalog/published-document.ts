/** One published document with speeds, its figures as printed. */
export interface PublishedDocument {
  readonly generation: string;
  /** Repository and path. */
  readonly source: string;
  readonly commit: string;
  /** Of the commit, such as `2025-05-20`. */
  readonly date: string;
  readonly hardware: string;
  /** What the document calls speed, as the id of the metric of the same formula. */
  readonly speed: 'generated_speed' | 'total_speed';
  /** How that is known. */
  readonly speedBasis: string;
  /** Of the column of memory. */
  readonly memoryUnit: 'GB' | 'MiB';
  /** What a reader must know of the document; empty: nothing. */
  readonly remark: string;
  /** Remarks on single rows, by their place. */
  readonly notes: readonly string[];
  /**
   * `MODEL FRAMEWORK VERSION` on a line of its own, then a line for each quantisation: `BF16 1=84.28/14.4x2@0 ...` is prompt
   * tokens = speed / memory x GPUs @ note. No memory: not printed; no GPUs: one; `?`: a cell that was left empty.
   */
  readonly rows: string;
}

/** One published row. Every one is a single request with 2,048 generated tokens, without a warm-up or a spread. */
export interface PublishedSpeed {
  readonly document: PublishedDocument;
  /** Without organisation and quantisation: `Qwen3-8B`. */
  readonly model: string;
  readonly framework: string;
  /** null: not stated. */
  readonly version: string | null;
  /** As printed: `BF16`, `AWQ-INT4`. */
  readonly quantization: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** null: not printed. */
  readonly gpus: number | null;
  /** tokens/s, by the document's definition; null: the row has none. */
  readonly speed: number | null;
  /** In the document's unit; null: not printed. */
  readonly memory: number | null;
  readonly note: string | null;
}
