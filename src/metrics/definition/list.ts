import type { CellPlan } from '../../contract/plan.ts';
import type { Metric } from '../define-metric.ts';
import { concurrency } from './concurrency.ts';
import { connectTime } from './connect-time.ts';
import { decodeSpeed } from './decode-speed.ts';
import { generatedSpeed } from './generated-speed.ts';
import { energyPerToken } from './energy-per-token.ts';
import { gpuMemory } from './gpu-memory.ts';
import { itl } from './itl.ts';
import { latency } from './latency.ts';
import { outputThroughput } from './output-throughput.ts';
import { outputTokens } from './output-tokens.ts';
import { prefillSpeed } from './prefill-speed.ts';
import { promptTokens } from './prompt-tokens.ts';
import { requestThroughput } from './request-throughput.ts';
import { totalSpeed } from './total-speed.ts';
import { totalThroughput } from './total-throughput.ts';
import { tpot } from './tpot.ts';
import { ttft } from './ttft.ts';

const ofAllRows = { ttft, tpot, latency, connectTime, promptTokens, outputTokens, gpuMemory, energyPerToken };
const ofSpeedRows = { generatedSpeed, decodeSpeed, totalSpeed, prefillSpeed };
const ofLoadRows = { requestThroughput, outputThroughput, totalThroughput, concurrency, itl };

/** Every metric; the docs list them in this order. */
export const metrics: readonly Metric[] = [
  ...Object.values(ofSpeedRows),
  ...Object.values(ofAllRows),
  ...Object.values(ofLoadRows),
];

/** The metrics of a kind of row, in the order in which a summary lists them; a derived one comes after what it derives from. */
export const metricsOf: Readonly<Record<CellPlan['kind'], readonly Metric[]>> = {
  speed: [...Object.values(ofSpeedRows), ...Object.values(ofAllRows)],
  load: [...Object.values(ofLoadRows), ...Object.values(ofAllRows)],
};
