export interface JudgedRow {
  readonly promptTokens: number;
  readonly metric: string;
  readonly n: number;
  /** Shares. */
  readonly medianError: number;
  readonly largestError: number;
  readonly inside: number;
  readonly halfWidth: number;
}

export interface Judged {
  readonly decisive: JudgedRow;
  readonly holds: boolean;
  readonly timeShare: number;
  readonly betweenFullRuns: number | null;
  readonly rows: readonly JudgedRow[];
  readonly pairs: readonly object[];
}

export function pairOf(estimate: object, full: object): object;
export function judge(pairs: readonly object[]): Judged;
export function tableOf(
  result: Judged & { plan: readonly string[]; model: string },
  machine: object,
  date: string,
): string;
