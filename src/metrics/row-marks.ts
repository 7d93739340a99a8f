import type { CellPlan } from '../contract/plan.ts';
import type { RowMark } from '../contract/summary.ts';
import { isShort, sharedStampShare, tokensPerEvent } from './request-facts.ts';
import type { RequestFacts } from './request-facts.ts';

const coalescedShare = 0.05;
const severalTokensAnEvent = 1.05;

/** What a careful reader must know of a row besides its values. `requests`: measured and ok. */
export function rowMarks(requests: readonly RequestFacts[], kind: CellPlan['kind'], planned: number): RowMark[] {
  const marks: RowMark[] = [];
  // Under load single requests matter less than the row as a whole.
  const largest = kind === 'speed' ? largestOf : meanOf;
  if (largest(requests, sharedStampShare) > coalescedShare) marks.push('coalesced');
  if (largest(requests, tokensPerEvent) > severalTokensAnEvent) marks.push('speculative-or-batched');
  if (requests.some(isShort)) marks.push('short-output');
  if (kind === 'speed' && requests.length === 1) marks.push('single-run');
  if (requests.length < planned) marks.push('partial');
  return marks;
}

function largestOf(requests: readonly RequestFacts[], value: (request: RequestFacts) => number): number {
  return requests.reduce((largest, request) => Math.max(largest, value(request)), 0);
}

function meanOf(requests: readonly RequestFacts[], value: (request: RequestFacts) => number): number {
  return requests.length === 0 ? 0 : requests.reduce((sum, request) => sum + value(request), 0) / requests.length;
}
