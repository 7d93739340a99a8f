import type { Advice } from '../../contract/summary.ts';
import type { RequestFacts } from '../request-facts.ts';
import { isOutputReported, isPromptReported } from '../validity.ts';
import { cellsOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** The server said nothing of its token counts. */
export function countUnreported(facts: AdviceFacts): Advice | null {
  const silent = facts.counted.filter((request) => isSilent(request));
  if (silent.length === 0) return null;
  return {
    id: 'count-unreported',
    text: 'The server did not report its token counts, so lengths and speeds have no proof; such rows are not valid.',
    hint: 'let the server answer stream_options.include_usage, or measure without a stream: --no-stream',
    rows: cellsOf(silent),
  };
}

// The length of a fixed prompt enters no proof.
function isSilent(request: RequestFacts): boolean {
  return !isOutputReported(request) || (request.requestedPromptTokens !== null && !isPromptReported(request));
}
