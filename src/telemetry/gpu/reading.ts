import type { GpuSample } from '../../contract/telemetry.ts';

/** A GPU as its tool lists it. */
export interface GpuDevice {
  readonly index: number | null;
  readonly uuid: string;
  readonly name: string;
  readonly memoryTotalBytes: number | null;
  readonly memoryUsedBytes: number | null;
  /** Of the last second or less; null under MIG and where the driver keeps it to itself. */
  readonly utilizationPercent: number | null;
  readonly isPartitioned: boolean;
}

/** A process that computes on a GPU. What the tool hides is null. */
export interface GpuProcess {
  readonly uuid: string;
  readonly pid: number | null;
  readonly name: string | null;
  readonly memoryBytes: number | null;
}

/** A sample before it has a time. */
export type GpuReading = Omit<GpuSample, 'atNs'>;

/** What a tool said in place of an answer. */
export interface Refused {
  readonly refused: string;
}

export function isRefused(answer: object): answer is Refused {
  return 'refused' in answer;
}

/** The number of a cell that may carry its unit; null for every way in which tools say that there is none. */
export function numberOf(cell: string | undefined): number | null {
  const text = /^\s*(-?\d+(?:\.\d+)?)(?:\s*[A-Za-z%/]+)?\s*$/.exec(cell ?? '')?.[1];
  return text === undefined ? null : Number(text);
}

/** The text of a cell; null where it stands for something missing, such as `[N/A]` or `[Insufficient Permissions]`. */
export function textOf(cell: string | undefined): string | null {
  const text = (cell ?? '').trim();
  return text === '' || text === 'N/A' || /^\[.*\]$/.test(text) ? null : text;
}
