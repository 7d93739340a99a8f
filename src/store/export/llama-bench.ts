import path from 'node:path';

import { TokometerError } from '../../base/errors.ts';
import type { ExportedRun } from '../../contract/export.ts';
import type { RequestResult, SummaryRow } from '../../contract/summary.ts';
import { mean } from '../../stats/mean.ts';
import { standardDeviation } from '../../stats/standard-deviation.ts';
import { jsonText } from '../run-file.ts';

/** So many tokens in so much time, at a depth: one repetition of a test. */
interface Sample {
  readonly promptTokens: number;
  readonly tokens: number;
  readonly ns: number;
}

/** The keys of llama-bench in its order. What Tokometer does not know, as it sees an engine from outside, stays null. */
const unknownFields = {
  build_commit: null,
  build_number: null,
  cpu_info: null,
  gpu_info: null,
  backends: null,
  model_filename: null,
  model_type: null,
  model_size: null,
  model_n_params: null,
  n_batch: null,
  n_ubatch: null,
  n_threads: null,
  cpu_mask: null,
  cpu_strict: null,
  poll: null,
  type_k: null,
  type_v: null,
  n_gpu_layers: null,
  n_cpu_moe: null,
  split_mode: null,
  main_gpu: null,
  no_kv_offload: null,
  flash_attn: null,
  devices: null,
  tensor_split: null,
  tensor_buft_overrides: null,
  load_mode: null,
  embeddings: null,
  no_op_offload: null,
  no_host: null,
  fit_target: null,
  fit_min_ctx: null,
};

/**
 * The JSON of `llama-bench -o json`: for each row a test `pp` of its prefill and a test `tg` of its decode at the depth of the
 * prompt, with the time of every request. `n_gen` is G - g1, the tokens that were timed. Beside the tool's own keys stand those
 * that say that these times were taken by a client. Throws E_USAGE of a load, which the format can't hold.
 */
export function llamaBenchJson(run: ExportedRun): string {
  const { rows } = run.summary;
  if (rows.some(({ kind }) => kind === 'load')) {
    throw new TokometerError('E_USAGE', `${run.directory} is a load: llama-bench has no form for requests in flight`, {
      hint: 'choose --format evalscope, csv or json',
    });
  }
  return jsonText(rows.flatMap((row) => testsOf(row, run)));
}

function testsOf(row: SummaryRow, run: ExportedRun): Record<string, unknown>[] {
  const counted = row.requests.filter(({ phase, outcome }) => phase === 'measured' && outcome.status === 'ok');
  const tests: Record<string, unknown>[] = [];
  for (const group of groupsOf(counted.flatMap(prefillOf))) {
    const [{ promptTokens }] = group;
    const lengths = { n_prompt: promptTokens, n_gen: 0, n_depth: 0 };
    tests.push(testOf(group, { run, row, lengths, formula: row.values['prefill_speed']?.formula ?? null }));
  }
  for (const group of groupsOf(counted.flatMap(decodeOf))) {
    const [{ promptTokens, tokens }] = group;
    const lengths = { n_prompt: 0, n_gen: tokens, n_depth: promptTokens };
    tests.push(testOf(group, { run, row, lengths, formula: row.values['decode_speed']?.formula ?? null }));
  }
  return tests;
}

interface TestFacts {
  readonly run: ExportedRun;
  readonly row: SummaryRow;
  readonly lengths: Readonly<Record<'n_prompt' | 'n_gen' | 'n_depth', number>>;
  readonly formula: string | null;
}

function testOf(samples: readonly Sample[], { run, row, lengths, formula }: TestFacts): Record<string, unknown> {
  const { summary } = run;
  const times = samples.map(({ ns }) => Math.round(ns));
  const rates = samples.map(({ tokens, ns }) => tokens / (ns / 1e9));
  return {
    ...unknownFields,
    ...knownFields(run),
    ...lengths,
    test_time: `${summary.startedAt.slice(0, 19)}Z`,
    avg_ns: Math.round(mean(times)),
    stddev_ns: Math.round(standardDeviation(times) ?? 0),
    avg_ts: mean(rates),
    stddev_ts: standardDeviation(rates) ?? 0,
    samples_ns: times,
    samples_ts: rates,
    exported_by: `tokometer ${summary.tokometer}`,
    measured_as: formula,
    prompt_tokens: samples[0]?.promptTokens ?? null,
    output_tokens: row.outputTokens,
    weights: summary.engine.weights,
    dtype: summary.engine.dtype,
  };
}

// The engine in this process is llama.cpp on this machine's CPU; of any other these fields would be guesses.
function knownFields({ summary, plan, environment }: ExportedRun): Record<string, unknown> {
  const { settings } = summary.engine;
  const named = { model_filename: path.posix.basename(summary.model.replaceAll('\\', '/')) };
  if (plan.engine.api !== 'local_llama') return named;
  return {
    cpu_info: environment?.hostCpu ?? null,
    ...named,
    n_batch: settings['batchTokens'] ?? null,
    n_threads: settings['threadsDecode'] ?? null,
    n_gpu_layers: 0,
  };
}

function prefillOf({ promptTokens, ttftMs }: RequestResult): Sample[] {
  if (promptTokens === null || ttftMs === null || ttftMs <= 0) return [];
  return [{ promptTokens, tokens: promptTokens, ns: ttftMs * 1e6 }];
}

// Decode speed is (G - g1) / (tn - t1): with the time at hand, the tokens are the whole number that it was made of.
function decodeOf({ promptTokens, ttftMs, latencyMs, decodeSpeed }: RequestResult): Sample[] {
  if (promptTokens === null || ttftMs === null || latencyMs === null || decodeSpeed === null) return [];
  const ns = (latencyMs - ttftMs) * 1e6;
  return [{ promptTokens, tokens: Math.round(decodeSpeed * (ns / 1e9)), ns }];
}

// A test has one length: requests that differ in theirs are tests of their own.
function groupsOf(samples: readonly Sample[]): [Sample, ...Sample[]][] {
  const groups = new Map<string, [Sample, ...Sample[]]>();
  for (const sample of samples) {
    const key = `${sample.promptTokens} ${sample.tokens}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [sample]);
    else group.push(sample);
  }
  return [...groups.values()];
}
