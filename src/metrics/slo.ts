import type { SloLimit } from '../contract/plan.ts';
import { latency } from './definition/latency.ts';
import { tpotNs } from './definition/tpot.ts';
import type { Missing } from './missing.ts';
import type { RequestFacts } from './request-facts.ts';

/**
 * Whether an answered request keeps every limit; a reason where its stamps don't tell. One that is beyond a limit does not, whatever
 * else can't be told.
 */
export function keepsSlo(request: RequestFacts, slo: readonly SloLimit[]): boolean | Missing {
  let untold: Missing | null = null;
  for (const { metric, operator, limitMs } of slo) {
    const ns = timesNs[metric](request);
    if (typeof ns === 'object') untold = ns;
    else if (operator === '<' ? ns >= limitMs * 1e6 : ns > limitMs * 1e6) return false;
  }
  return untold ?? true;
}

/** The limits in the words of a formula: `ttft <= 500 ms and tpot < 50 ms`. */
export function sloFormula(slo: readonly SloLimit[]): string {
  return slo.map(({ metric, operator, limitMs }) => `${metric} ${operator} ${limitMs} ms`).join(' and ');
}

const timesNs: Readonly<Record<SloLimit['metric'], (request: RequestFacts) => number | Missing>> = {
  // Where all tokens came in one read, whoever waits had the first one then, whenever it was made.
  ttft: ({ span }) => ('missing' in span ? span : span.firstNs - span.sentNs),
  // An answer of one token has no other to wait for.
  tpot: (request) => (request.outputTokens === 1 && !('missing' in request.span) ? 0 : tpotNs(request)),
  latency: (request) => latency.time(request),
};
