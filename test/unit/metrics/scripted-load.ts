import type { CellPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import { scriptedRecord, type Script } from './scripted-run.ts';

/** Two requests in flight, 11 tokens each. */
export const loadCell: CellPlan = {
  id: 'c2-n4-g11',
  kind: 'load',
  promptTokens: null,
  outputTokens: 11,
  parallel: 2,
  arrival: null,
  requests: 4,
  warmupRequests: 2,
};

const loadRequest = (script: Script, fields: Partial<RequestRecord> = {}): RequestRecord =>
  scriptedRecord(script, { cell: loadCell.id, requestedPromptTokens: null, promptTokens: 2, ...fields });

/** An answer of 11 tokens, 10 ms apart, that ends with its last token. */
export function timedRequest(sentMs: number, ttftMs: number, fields: Partial<RequestRecord> = {}): RequestRecord {
  return loadRequest({ sentMs, ttftMs }, { endNs: (sentMs + ttftMs + 100) * 1e6, ...fields });
}
