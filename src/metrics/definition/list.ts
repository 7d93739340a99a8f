import type { CellPlan, SloLimit } from '../../contract/plan.ts';
import type { Metric } from '../define-metric.ts';
import { bandwidthUse } from './bandwidth-use.ts';
import { computeUse } from './compute-use.ts';
import { concurrency } from './concurrency.ts';
import { connectTime } from './connect-time.ts';
import { decodeBandwidth } from './decode-bandwidth.ts';
import { decodeBytes } from './decode-bytes.ts';
import { decodeSpeed } from './decode-speed.ts';
import { generatedSpeed } from './generated-speed.ts';
import { energyPerToken } from './energy-per-token.ts';
import { goodput } from './goodput.ts';
import { gpuMemory } from './gpu-memory.ts';
import { itl } from './itl.ts';
import { latency } from './latency.ts';
import { outputThroughput } from './output-throughput.ts';
import { outputTokens } from './output-tokens.ts';
import { prefillCompute } from './prefill-compute.ts';
import { prefillSpeed } from './prefill-speed.ts';
import { promptTokens } from './prompt-tokens.ts';
import { requestThroughput } from './request-throughput.ts';
import { sendDelay } from './send-delay.ts';
import { sentRate } from './sent-rate.ts';
import { sloAttainment } from './slo-attainment.ts';
import { totalSpeed } from './total-speed.ts';
import { totalThroughput } from './total-throughput.ts';
import { tpot } from './tpot.ts';
import { ttft } from './ttft.ts';

const ofAllRows = { ttft, tpot, latency, connectTime, promptTokens, outputTokens, gpuMemory, energyPerToken };
const ofSpeedRows = { generatedSpeed, decodeSpeed, totalSpeed, prefillSpeed };
// Of one request at a time: requests in flight together share what is read and computed.
const ofHardware = { decodeBytes, decodeBandwidth, bandwidthUse, prefillCompute, computeUse };
const ofLoadRows = { requestThroughput, outputThroughput, totalThroughput, concurrency, itl };
// Of load rows whose requests have limits to keep.
const ofSlo = { goodput, sloAttainment };
const ofOpenLoops = { sentRate, sendDelay };

/** Every metric; the docs list them in this order. */
export const metrics: readonly Metric[] = [
  ...Object.values(ofSpeedRows),
  ...Object.values(ofAllRows),
  ...Object.values(ofHardware),
  ...Object.values(ofLoadRows),
  ...Object.values(ofSlo),
  ...Object.values(ofOpenLoops),
];

/** The metrics of a cell's row, in the order in which a summary lists them; a derived one comes after what it derives from. */
export function metricsOf(
  { kind, arrival }: Pick<CellPlan, 'kind' | 'arrival'>,
  slo: readonly SloLimit[],
): readonly Metric[] {
  if (kind === 'speed')
    return [...Object.values(ofSpeedRows), ...Object.values(ofAllRows), ...Object.values(ofHardware)];
  const judged = slo.length === 0 ? [] : Object.values(ofSlo);
  const ofLoad = [...Object.values(ofLoadRows), ...judged, ...Object.values(ofAllRows)];
  return arrival === null ? ofLoad : [...ofLoad, ...Object.values(ofOpenLoops)];
}
