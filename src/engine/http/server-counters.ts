import type { ServerCounters, ServerTimes } from '../../contract/engine.ts';
import { sumSamples } from './metrics-text.ts';

/** Where a kind of server tells what under /metrics: names newest first, of which the first that is there counts. */
interface MetricFamily {
  readonly requests: readonly string[];
  readonly promptTokens: readonly string[];
  readonly outputTokens: readonly string[];
  readonly cachedTokens: readonly string[];
  /** Histograms in seconds with one observation a request. */
  readonly ttft: readonly string[];
  readonly latency: readonly string[];
  /** Totals in seconds. The gaps of an answer add up to the time from its first token to its last, however they are counted. */
  readonly decodeSeconds: readonly string[];
}

// Left out on purpose: TGI's mean time per token has the prefill in it and llama-server's prompt_seconds_total no queue, so no
// time of the client is the same.
const families: readonly MetricFamily[] = [
  // vLLM 0.6 to 0.32.
  {
    requests: ['vllm:e2e_request_latency_seconds_count'],
    promptTokens: ['vllm:prompt_tokens_total'],
    outputTokens: ['vllm:generation_tokens_total'],
    cachedTokens: ['vllm:prefix_cache_hits_total', 'vllm:gpu_prefix_cache_hits_total'],
    ttft: ['vllm:time_to_first_token_seconds'],
    latency: ['vllm:e2e_request_latency_seconds'],
    decodeSeconds: [
      'vllm:request_decode_time_seconds_sum',
      'vllm:inter_token_latency_seconds_sum',
      'vllm:time_per_output_token_seconds_sum',
    ],
  },
  // SGLang 0.4 and 0.5.
  {
    requests: ['sglang:e2e_request_latency_seconds_count'],
    promptTokens: ['sglang:prompt_tokens_total'],
    outputTokens: ['sglang:generation_tokens_total'],
    cachedTokens: [],
    ttft: ['sglang:time_to_first_token_seconds'],
    latency: ['sglang:e2e_request_latency_seconds'],
    // Its older time_per_output_token_seconds holds a mean for each request, which adds up to nothing.
    decodeSeconds: ['sglang:inter_token_latency_seconds_sum'],
  },
  // Text Generation Inference 2 and 3.
  {
    requests: ['tgi_request_duration_count'],
    promptTokens: ['tgi_request_input_length_sum'],
    outputTokens: ['tgi_request_generated_tokens_sum'],
    cachedTokens: [],
    ttft: [],
    latency: ['tgi_request_duration'],
    decodeSeconds: [],
  },
  // llama-server with --metrics: it counts tokens, and no requests.
  {
    requests: [],
    promptTokens: ['llamacpp:prompt_tokens_total'],
    outputTokens: ['llamacpp:tokens_predicted_total'],
    cachedTokens: [],
    ttft: [],
    latency: [],
    decodeSeconds: ['llamacpp:tokens_predicted_seconds_total'],
  },
];

/** What a /metrics text tells of requests; null when it has no name of a known server. */
export function parseCounters(text: string, source: string): ServerCounters | null {
  const sums = sumSamples(text);
  for (const family of families) {
    const seconds = first(sums, family.decodeSeconds);
    const counters = {
      requests: first(sums, family.requests),
      promptTokens: first(sums, family.promptTokens),
      outputTokens: first(sums, family.outputTokens),
      cachedTokens: first(sums, family.cachedTokens),
      ttft: histogram(sums, family.ttft),
      latency: histogram(sums, family.latency),
      decodeMs: seconds === null ? null : seconds * 1000,
    };
    if (Object.values(counters).some((value) => value !== null)) return { source, ...counters };
  }
  return null;
}

function first(sums: ReadonlyMap<string, number>, names: readonly string[]): number | null {
  const name = names.find((one) => sums.has(one));
  return name === undefined ? null : (sums.get(name) ?? null);
}

function histogram(sums: ReadonlyMap<string, number>, names: readonly string[]): ServerTimes | null {
  for (const name of names) {
    const [count, seconds] = [sums.get(`${name}_count`), sums.get(`${name}_sum`)];
    if (count !== undefined && seconds !== undefined) return { count, totalMs: seconds * 1000 };
  }
  return null;
}
