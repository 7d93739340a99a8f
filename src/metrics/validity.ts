import { formatCount } from '../base/units.ts';
import type { CellPlan } from '../contract/plan.ts';
import type { CountSource } from '../contract/record.ts';
import type { RequestFacts } from './request-facts.ts';
import { isCacheHit } from './row-cache.ts';

/**
 * Why the values of a row must not be taken for what was planned; empty: the row is valid. Whole clauses, numbers named.
 * A load row of a fixed prompt plans neither its length nor a cold cache.
 */
export function reasonsAgainst(
  requests: readonly RequestFacts[],
  kind: CellPlan['kind'],
  addedTokens: number,
): string[] {
  if (requests.length === 0) return ['no measured request succeeded'];
  const reasons: string[] = [];
  const say = (concerned: readonly RequestFacts[], describe: (first: RequestFacts) => string): void => {
    const first = concerned[0];
    if (first === undefined) return;
    reasons.push(`${describe(first)} (${concerned.length} of ${requests.length} requests)`);
  };
  if (kind === 'speed') {
    say(
      requests.filter((request) => !isPromptReported(request)),
      () => 'the prompt tokens were not reported',
    );
    say(
      requests.filter((request) => isOtherPrompt(request)),
      ({ promptTokens, requestedPromptTokens }) =>
        `the server counted ${formatCount(promptTokens ?? 0)} prompt tokens where ${formatCount(requestedPromptTokens ?? 0)} were asked for`,
    );
  }
  say(
    requests.filter((request) => !isOutputReported(request)),
    () => 'the generated tokens were not reported',
  );
  if (kind === 'speed') {
    say(
      requests.filter((request) => isCacheHit(request, addedTokens)),
      ({ cachedTokens }) => `${formatCount(cachedTokens ?? 0)} prompt tokens came from the prefix cache`,
    );
  }
  return reasons;
}

/** The prompt's tokens were counted by somebody. */
export function isPromptReported(request: RequestFacts): boolean {
  return request.promptTokens !== null && isReported(request.countedBy.prompt);
}

/** The prompt was counted, and has another length than was asked for. */
export function isOtherPrompt(request: RequestFacts): boolean {
  const { promptTokens, requestedPromptTokens } = request;
  return isPromptReported(request) && requestedPromptTokens !== null && promptTokens !== requestedPromptTokens;
}

/** The generated tokens were counted by somebody. */
export function isOutputReported(request: RequestFacts): boolean {
  return request.outputTokens !== null && isReported(request.countedBy.output);
}

function isReported(source: CountSource): boolean {
  return source !== 'unknown' && source !== 'assumed-one';
}
