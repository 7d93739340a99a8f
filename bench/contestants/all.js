import { aiperf } from './aiperf.js';
import { bareNode } from './bare-node.js';
import { cClient } from './c-client.js';
import { evalscope } from './evalscope.js';
import { guidellm } from './guidellm.js';
import { inferencePerf } from './inference-perf.js';
import { tokometer, tokometerOnTwoThreads } from './tokometer.js';
import { vllm } from './vllm.js';

/** Everyone who can run, in the order of a round. */
export const contestants = [
  cClient,
  bareNode,
  tokometer,
  tokometerOnTwoThreads,
  evalscope,
  guidellm,
  aiperf,
  inferencePerf,
  vllm,
];
