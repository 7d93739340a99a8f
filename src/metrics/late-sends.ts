import type { SummaryValue } from '../contract/summary.ts';
import { sendDelay } from './definition/send-delay.ts';
import { ttft } from './definition/ttft.ts';

type Values = Readonly<Record<string, SummaryValue>>;

const noticeableMs = 1;
const noticeableShare = 0.05;

/** How late the requests of an open loop were sent. */
export interface LateSends {
  readonly ms: number;
  /** Whose delay it is: a clause without its end. */
  readonly name: string;
  /** Median of the row; null: none. */
  readonly ttftMs: number | null;
}

/** The upper end of the send delay where it is above a millisecond or 5 % of the usual TTFT; null: sent in time, or no open loop. */
export function lateSends(values: Values): LateSends | null {
  const delay = upperDelay(values);
  const ttftMs = percentileOf(values, ttft.id, 50);
  const limitMs = Math.min(noticeableMs, noticeableShare * (ttftMs ?? Infinity));
  return delay !== null && delay.ms > limitMs ? { ...delay, ttftMs } : null;
}

// The 99th percentile, or the longest of a sample that is too small to have one.
function upperDelay(values: Values): { readonly ms: number; readonly name: string } | null {
  const percentile = percentileOf(values, sendDelay.id, 99);
  if (percentile !== null) return { ms: percentile, name: '1 % of its requests were sent at least' };
  const longest = values[sendDelay.id]?.spread?.max ?? null;
  return longest === null ? null : { ms: longest, name: 'a request was sent' };
}

function percentileOf(values: Values, metric: string, percent: number): number | null {
  return values[metric]?.percentiles.find((one) => one.percent === percent)?.value ?? null;
}
