import type { FieldDefinition, MetricDefinition } from '../contract/summary.ts';
import { boundFields } from './bound/bound-fields.ts';
import { decodeSpeed } from './definition/decode-speed.ts';
import { generatedSpeed } from './definition/generated-speed.ts';
import { latency } from './definition/latency.ts';
import { totalSpeed } from './definition/total-speed.ts';
import { ttft } from './definition/ttft.ts';

const ofRequest = (field: string, unit: string, formula: string): FieldDefinition => ({
  path: `rows[].requests[].${field}`,
  unit,
  formula,
  n: 1,
  method: 'one request',
});
const asMetric = (field: string, metric: MetricDefinition): FieldDefinition =>
  ofRequest(field, metric.unit, metric.formula);
const asPlanned = (field: string, unit: string, formula: string): FieldDefinition => ({
  path: field,
  unit,
  formula,
  n: 1,
  method: 'as planned',
});
const counted = (field: string, formula: string): FieldDefinition => ({
  path: `rows[].counts.${field}`,
  unit: 'requests',
  formula,
  n: 1,
  method: 'counted',
});
const told = (field: string, unit: string, formula: string): FieldDefinition => ({
  path: field,
  unit,
  formula,
  n: 1,
  method: 'as the engine says',
});
const ofWarmup = (field: string, unit: string, formula: string): FieldDefinition => ({
  path: `rows[].warmups[].${field}`,
  unit,
  formula,
  n: 1,
  method: 'one warm-up',
});
const decided = (field: string, unit: string, formula: string): FieldDefinition => ({
  path: field,
  unit,
  formula,
  n: 1,
  method: 'over the repetitions',
});
const besideServer = (field: string, unit: string, formula: string): FieldDefinition => ({
  path: `rows[].serverTruth.${field}`,
  unit,
  formula,
  n: 1,
  method: 'over the measured passes',
});

/**
 * What every number of a summary means that stands outside of a value. `[]` is each of a list, `*` any name. Numbers within a
 * value (its interval, spread, percentiles and raw values) have the value's own unit and formula.
 */
export const summaryFields: readonly FieldDefinition[] = [
  asPlanned('rows[].promptTokens', 'tokens', 'prompt tokens asked for'),
  asPlanned('rows[].outputTokens', 'tokens', 'generated tokens asked for'),
  asPlanned('rows[].parallel', 'requests', 'requests in flight at once'),
  asPlanned('rows[].arrival.requestsPerSecond', 'requests/s', 'mean rate of arrivals of an open loop'),
  asPlanned('slo[].limitMs', 'ms', 'most that the time of a request may be; with < it must be below'),
  asPlanned('estimate.rows[].promptTokens', 'tokens', 'prompt tokens of the full run'),
  asPlanned('estimate.rows[].outputTokens', 'tokens', 'generated tokens of the full run'),
  {
    path: 'estimate.rows[].beyondMeasured',
    unit: 'ratio',
    formula: 'prompt tokens / longest prompt that was measured, at least 1',
    n: 1,
    method: 'derived',
  },
  counted('measured', 'measured requests that were answered'),
  counted('failed', 'measured requests that were not'),
  counted('warmup', 'requests of warm-up passes'),
  counted('planned', 'measured requests of the plan'),
  counted('executions', 'starts of the engine with a measured request'),
  ofWarmup('execution', 'number', 'start of the engine, from 1'),
  ofWarmup('passes', 'passes', 'warm-up passes that were sent'),
  ofWarmup('timesMs[]', 'ms', 'time of a pass / its generated tokens'),
  ofWarmup('spread', 'ratio', '(longest - shortest) / shortest of the last three passes'),
  decided('rows[].stopped.halfWidth', 'ratio', 'half of the 95 % interval of the main speed / the speed'),
  decided('rows[].outliers[].execution', 'number', 'start of the engine, from 1'),
  decided('rows[].outliers[].repetition', 'number', 'pass of the cell, from 1'),
  decided('rows[].outliers[].value', 'as its metric', 'the metric that is named, of this repetition'),
  decided('rows[].outliers[].median', 'as its metric', 'median over the repetitions'),
  ...boundFields,
  besideServer('otherRequests', 'requests', 'answered by the server meanwhile - sent by this run'),
  besideServer('figures[].n', 'requests', 'measured requests behind the figure'),
  besideServer('figures[].server', 'as its figure', 'as the server says, by the formula of the figure'),
  besideServer('figures[].client', 'as its figure', 'of the same requests, by the formula of the figure'),
  besideServer('figures[].gapPercent', '%', '(client - server) / server'),
  told('starts[].execution', 'number', 'start of the engine, from 1'),
  told('starts[].readyMs', 'ms', 'from the order to start until it could answer'),
  { ...asMetric('ttftMs', ttft), path: 'starts[].firstRequest.ttftMs' },
  { ...asMetric('latencyMs', latency), path: 'starts[].firstRequest.latencyMs' },
  ofRequest('id', 'number', 'place in the order of sending'),
  ofRequest('execution', 'number', 'start of the engine, from 1'),
  ofRequest('repetition', 'number', 'pass of the cell, from 1'),
  ofRequest('attempts', 'number', '1, or 2 after a reused connection died before its first byte'),
  ofRequest('sentMs', 'ms', 't0 since the start of the run'),
  ofRequest('connectMs', 'ms', 'opening the connection, before t0'),
  asMetric('ttftMs', ttft),
  asMetric('latencyMs', latency),
  asMetric('decodeSpeed', decodeSpeed),
  asMetric('generatedSpeed', generatedSpeed),
  asMetric('totalSpeed', totalSpeed),
  ofRequest('promptTokens', 'tokens', 'P, as the engine counts it'),
  ofRequest('cachedTokens', 'tokens', 'prompt tokens found in a cache, as the engine counts them'),
  ofRequest('outputTokens', 'tokens', 'G, as the engine counts it'),
  ofRequest('outcome.httpStatus', 'number', 'status of the HTTP response'),
  told('engine.gpuCount', 'devices', 'accelerators that the model is spread over'),
  told('engine.pid', 'number', 'process id'),
  {
    ...told('engine.roundTripMs', 'ms', 'shortest time to the answer of the system'),
    method: 'when a connection was opened',
  },
  told('engine.maxLength', 'tokens', 'longest prompt + generation'),
  told('engine.settings.*', 'by its name', 'a setting, or a fact of the start'),
  told('engine.memory[].bytes', 'bytes', 'by the method beside it'),
  asPlanned('workload.seed', 'number', 'seed of the prompts'),
  asPlanned('workload.scale.factor', 'ratio', 'lengths as run / lengths as planned'),
  asPlanned('workload.scale.plannedPromptTokens[]', 'tokens', 'prompt tokens before scaling'),
  asPlanned('workload.scale.plannedOutputTokens', 'tokens', 'generated tokens before scaling'),
];
