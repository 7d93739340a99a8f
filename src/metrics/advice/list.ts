import { abovePeak } from './above-peak.ts';
import { clientBound, pathBound } from './bound.ts';
import { cacheHit } from './cache-hit.ts';
import { cacheUnknown } from './cache-unknown.ts';
import { clientLate } from './client-late.ts';
import { coalesced } from './coalesced.ts';
import { connectionOpened } from './connection-opened.ts';
import { countUnreported } from './count-unreported.ts';
import { dummyWeights } from './dummy-weights.ts';
import { estimateFit } from './estimate-fit.ts';
import { failedRequests } from './failed-requests.ts';
import { fallsBehind } from './falls-behind.ts';
import { fixedPrompt } from './fixed-prompt.ts';
import { lengthsScaled } from './lengths-scaled.ts';
import { lowConcurrency } from './low-concurrency.ts';
import { kvGrowth } from './kv-growth.ts';
import { noiseRules } from './noise.ts';
import { partialRows } from './partial-rows.ts';
import { promptCount } from './prompt-count.ts';
import { retried } from './retried.ts';
import type { AdviceRule } from './rule.ts';
import { serverGap } from './server-gap.ts';
import { severalTokensAnEvent } from './several-tokens-an-event.ts';
import { shortOutput } from './short-output.ts';
import { singleRun } from './single-run.ts';
import { speculative } from './speculative.ts';
import { wideSpread } from './wide-spread.ts';

/** Every warning there is, the gravest first. */
export const adviceRules: readonly AdviceRule[] = [
  failedRequests,
  partialRows,
  promptCount,
  countUnreported,
  cacheHit,
  estimateFit,
  fallsBehind,
  clientLate,
  clientBound,
  pathBound,
  ...noiseRules,
  lowConcurrency,
  shortOutput,
  fixedPrompt,
  lengthsScaled,
  dummyWeights,
  speculative,
  singleRun,
  wideSpread,
  abovePeak,
  serverGap,
  kvGrowth,
  coalesced,
  severalTokensAnEvent,
  connectionOpened,
  retried,
  cacheUnknown,
];
