import { formatCount } from '../base/units.ts';
import type { CountSource, RequestRecord } from '../contract/record.ts';
import { isCacheHit } from './row-cache.ts';

/** Why the values of a row must not be taken for what was planned; empty: the row is valid. Whole clauses, numbers named. */
export function reasonsAgainst(records: readonly RequestRecord[], addedTokens: number): string[] {
  if (records.length === 0) return ['no measured request succeeded'];
  const reasons: string[] = [];
  const say = (concerned: readonly RequestRecord[], describe: (first: RequestRecord) => string): void => {
    const first = concerned[0];
    if (first === undefined) return;
    reasons.push(`${describe(first)} (${concerned.length} of ${records.length} requests)`);
  };
  say(
    records.filter((record) => !isPromptReported(record)),
    () => 'the prompt tokens were not reported',
  );
  say(
    records.filter((record) => isPromptReported(record) && record.promptTokens !== record.requestedPromptTokens),
    ({ promptTokens, requestedPromptTokens }) =>
      `the server counted ${formatCount(promptTokens ?? 0)} prompt tokens where ${formatCount(requestedPromptTokens)} were asked for`,
  );
  say(
    records.filter((record) => !isOutputReported(record)),
    () => 'the generated tokens were not reported',
  );
  say(
    records.filter((record) => isCacheHit(record, addedTokens)),
    ({ cachedTokens }) => `${formatCount(cachedTokens ?? 0)} prompt tokens came from the prefix cache`,
  );
  return reasons;
}

/** The prompt's tokens were counted by somebody. */
export function isPromptReported(record: RequestRecord): boolean {
  return record.promptTokens !== null && isReported(record.countedBy.prompt);
}

/** The generated tokens were counted by somebody. */
export function isOutputReported(record: RequestRecord): boolean {
  return record.outputTokens !== null && isReported(record.countedBy.output);
}

function isReported(source: CountSource): boolean {
  return source !== 'unknown' && source !== 'assumed-one';
}
