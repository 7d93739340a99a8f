import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { sumSamples } from '../../../../src/engine/http/metrics-text.ts';
import { parseCounters } from '../../../../src/engine/http/server-counters.ts';

const logs = path.resolve(import.meta.dirname, '../../../fixtures/engine-logs');
const parse = (lines: readonly string[]): ReturnType<typeof parseCounters> => parseCounters(lines.join('\n'), 'test');
const nothing = {
  source: 'test',
  requests: null,
  promptTokens: null,
  outputTokens: null,
  cachedTokens: null,
  ttft: null,
  latency: null,
  decodeMs: null,
};

describe('a Prometheus text', () => {
  it('gives for each name the sum over its labels', () => {
    const text = [
      '# HELP a:b_total A counter. a:b_total 7',
      '# TYPE a:b_total counter',
      String.raw`a:b_total{model="one \" } two",engine="0"} 2.5`,
      String.raw`a:b_total{model="C:\\",} 1.0e+03 1795304012521`,
      'plain 3',
      '',
      'a:c_bucket{le="+Inf"} 9',
      'a:c_count{} 9\r',
      'broken{model="never closed 4',
      'half',
    ].join('\n');
    expect([...sumSamples(text)]).toEqual([
      ['a:b_total', 1002.5],
      ['plain', 3],
      ['a:c_count', 9],
    ]);
  });

  it('has no sum where a sample is no finite number', () => {
    expect([...sumSamples('one NaN\none 1\ntwo +Inf\nthree 1')]).toEqual([['three', 1]]);
  });

  it('of a hundred thousand characters within a label is read at once', () => {
    const begunMs = performance.now();
    expect(sumSamples(`a{b="${String.raw`\"`.repeat(50_000)}`).size).toBe(0);
    expect(performance.now() - begunMs).toBeLessThan(1000);
  });
});

describe('the counters of', () => {
  it('vLLM 0.32, recorded after three requests of it', () => {
    const text = readFileSync(path.join(logs, 'vllm-0.32-cpu-counters.txt'), 'utf8');
    expect(parseCounters(text, '/metrics of vLLM')).toMatchObject({
      source: '/metrics of vLLM',
      requests: 3,
      cachedTokens: 0,
      ttft: { count: 3 },
      latency: { count: 3 },
    });
  });

  it('an older vLLM, which names the cache and the gaps in another way', () => {
    const lines = [
      'vllm:gpu_prefix_cache_hits_total{engine="0"} 16.0',
      'vllm:time_per_output_token_seconds_count{engine="0"} 63.0',
      'vllm:time_per_output_token_seconds_sum{engine="0"} 1.5',
      'vllm:time_to_first_token_seconds_count{engine="0"} 1.0',
      'vllm:time_to_first_token_seconds_count{engine="1"} 2.0',
      'vllm:time_to_first_token_seconds_sum{engine="0"} 0.25',
      'vllm:time_to_first_token_seconds_sum{engine="1"} 0.5',
    ];
    const ttft = { count: 3, totalMs: 750 };
    expect(parse(lines)).toEqual({ ...nothing, cachedTokens: 16, decodeMs: 1500, ttft });
  });

  it('SGLang, and TGI', () => {
    const sglang = [
      'sglang:e2e_request_latency_seconds_count{model_name="m"} 4.0',
      'sglang:e2e_request_latency_seconds_sum{model_name="m"} 8.0',
      'sglang:inter_token_latency_seconds_sum{model_name="m"} 6.0',
      'sglang:generation_tokens_total{model_name="m"} 256.0',
    ];
    const latency = { count: 4, totalMs: 8000 };
    expect(parse(sglang)).toEqual({ ...nothing, requests: 4, latency, decodeMs: 6000, outputTokens: 256 });
    const tgi = ['tgi_request_duration_sum 3', 'tgi_request_duration_count 2', 'tgi_request_generated_tokens_sum 40'];
    const both = { requests: 2, latency: { count: 2, totalMs: 3000 } };
    expect(parse(tgi)).toEqual({ ...nothing, ...both, outputTokens: 40 });
  });

  it('a program that is no such server are none', () => {
    expect(parse(['process_cpu_seconds_total 3', 'http_requests_total{path="/v1"} 4'])).toBeNull();
    expect(parse(['<!doctype html>'])).toBeNull();
  });
});
