import type { Metric } from '../define-metric.ts';
import { connectTime } from './connect-time.ts';
import { decodeSpeed } from './decode-speed.ts';
import { generatedSpeed } from './generated-speed.ts';
import { gpuMemory } from './gpu-memory.ts';
import { latency } from './latency.ts';
import { outputTokens } from './output-tokens.ts';
import { prefillSpeed } from './prefill-speed.ts';
import { promptTokens } from './prompt-tokens.ts';
import { totalSpeed } from './total-speed.ts';
import { tpot } from './tpot.ts';
import { ttft } from './ttft.ts';

/** Every metric, in the order in which a summary lists them; a derived one comes after what it derives from. */
export const metrics: readonly Metric[] = [
  generatedSpeed,
  decodeSpeed,
  totalSpeed,
  prefillSpeed,
  ttft,
  tpot,
  latency,
  connectTime,
  promptTokens,
  outputTokens,
  gpuMemory,
];
