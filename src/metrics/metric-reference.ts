import type { MetricDefinition } from '../contract/summary.ts';
import { metrics } from './definition/list.ts';
import { publishedRatio } from './published-figures.ts';

/** Every metric that a summary may hold, as docs and help list them. */
export const describedMetrics: readonly MetricDefinition[] = [...metrics, publishedRatio];

/** What the letters in the formulas stand for. */
export const metricSymbols =
  'For a request: t0 is taken just before the first byte of a pre-built request is written to an open connection, t1 when the ' +
  'first chunk with a token arrived, tn when the last one did. P and G are the prompt and generated tokens that the engine ' +
  'counted; the requested numbers are never used in their place.';
