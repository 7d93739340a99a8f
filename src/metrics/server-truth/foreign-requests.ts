import type { RowNoise } from '../../contract/summary.ts';
import type { ServerTruth } from '../../contract/server-truth.ts';
import { countOf } from '../advice/rule.ts';

/** Requests of other clients that the server answered while the row was measured. */
export function foreignRequests(truth: ServerTruth | null): RowNoise[] {
  const others = truth?.otherRequests ?? 0;
  if (others === 0) return [];
  return [{ reason: 'foreign requests', text: `the server answered ${countOf(others, 'request')} of others` }];
}
