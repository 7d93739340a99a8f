import { TokometerError } from '../../base/errors.ts';
import type { ForeignCell, ForeignResult, ForeignValue } from '../../contract/foreign.ts';
import { isObject, type JsonObject, numberOf, numbersOf, parseJson, textOf } from './json-value.ts';

/** What sets one test apart from another beside its lengths; all else that is written is one machine and build. */
const settingKeys = [
  'n_batch',
  'n_ubatch',
  'n_threads',
  'cpu_mask',
  'cpu_strict',
  'poll',
  'type_k',
  'type_v',
  'n_gpu_layers',
  'n_cpu_moe',
  'split_mode',
  'main_gpu',
  'no_kv_offload',
  'flash_attn',
  'devices',
  'tensor_split',
  'tensor_buft_overrides',
  'use_mmap',
  'use_direct_io',
  'load_mode',
  'embeddings',
  'no_op_offload',
  'no_host',
  'repack',
];

const definitions = {
  prefill_speed: 'P / time of the prompt in the engine, without tokenization, sampling and transport',
  decode_speed: 'G / time of G steps in the engine, without sampling and transport',
  total_speed: '(P + G) / time of prompt and steps in the engine, without sampling and transport',
} as const;

/** Reads what `llama-bench -o json` or `-o jsonl` wrote; null when it is none of these. Throws E_USAGE of a sweep. */
export function readLlamaBench(text: string, file: string): ForeignResult | null {
  const tests = testsOf(text);
  const first = tests?.[0];
  if (tests == null || first === undefined) return null;
  refuseSweep(tests, file);
  const groups = new Map<string, JsonObject[]>();
  for (const test of tests) groups.set(nameOf(test), [...(groups.get(nameOf(test)) ?? []), test]);
  const ours = exportedBy(first);
  const path = textOf(first, 'model_filename');
  return {
    tool: 'llama-bench',
    file,
    model: path?.split(/[/\\]/).at(-1) ?? null,
    startedAt: textOf(first, 'test_time'),
    engine: {
      name: ours ?? 'llama.cpp (llama-bench)',
      version: versionOf(first),
      device: textOf(first, 'gpu_info') ?? textOf(first, 'cpu_info'),
      url: null,
      weights: ours === null ? 'real' : weightsOf(first),
      dtype: textOf(first, ours === null ? 'model_type' : 'dtype'),
      settings: Object.fromEntries(settingKeys.flatMap((key) => (isSetting(first[key]) ? [[key, first[key]]] : []))),
    },
    cells: [...groups].map(([name, group]) => cellOf(name, group)),
    notes:
      ours === null
        ? ['llama-bench runs the engine itself: tokenization, sampling and transport are not in its times']
        : [`the file was written by ${ours}, which took its times as a client`],
  };
}

function testsOf(text: string): JsonObject[] | null {
  const whole = parseJson(text);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const found: unknown[] = Array.isArray(whole) ? whole : whole === null ? lines.map(parseJson) : [whole];
  return found.every(isTest) ? found : null;
}

function isTest(value: unknown): value is JsonObject {
  return isObject(value) && ['n_prompt', 'n_gen', 'avg_ts'].every((key) => typeof value[key] === 'number');
}

function cellOf(name: string, group: readonly JsonObject[]): ForeignCell {
  const [first = {}] = group;
  const prompt = numberOf(first, 'n_prompt') ?? 0;
  const output = numberOf(first, 'n_gen') ?? 0;
  const depth = numberOf(first, 'n_depth') ?? 0;
  const metrics = new Set(group.map((test) => metricOf(test).metric));
  return {
    name,
    kind: 'speed',
    promptTokens: prompt + depth,
    outputTokens: exportedBy(first) === null ? output : (numberOf(first, 'output_tokens') ?? output),
    parallel: 1,
    arrival: null,
    failed: 0,
    values: [...metrics].map((metric) => valueOf(group.filter((test) => metricOf(test).metric === metric))),
  };
}

/** One value of tests of one metric. */
function valueOf(tests: readonly JsonObject[]): ForeignValue {
  const [first = {}] = tests;
  const samples = tests.flatMap(samplesOf);
  return {
    ...metricOf(first),
    value: samples.length > 0 ? samples.length / sum(samples.map((one) => 1 / one)) : (numberOf(first, 'avg_ts') ?? 0),
    method: samples.length > 0 ? 'all tokens by all time of the repetitions' : 'mean of repetitions',
    n: Math.max(1, samples.length),
    samples,
    percentiles: [],
  };
}

function metricOf(test: JsonObject): Pick<ForeignValue, 'metric' | 'definition'> {
  const [prompt, output] = [numberOf(test, 'n_prompt') ?? 0, numberOf(test, 'n_gen') ?? 0];
  const metric = output === 0 ? 'prefill_speed' : prompt === 0 ? 'decode_speed' : 'total_speed';
  return { metric, definition: exportedBy(test) === null ? definitions[metric] : textOf(test, 'measured_as') };
}

/** What `tokometer report --format llama-bench` leaves beside the tool's own keys; null: llama-bench wrote it. */
function exportedBy(test: JsonObject): string | null {
  return textOf(test, 'exported_by');
}

function weightsOf(test: JsonObject): 'real' | 'dummy' | 'unknown' {
  const told = textOf(test, 'weights');
  return told === 'real' || told === 'dummy' ? told : 'unknown';
}

function samplesOf(test: JsonObject): number[] {
  const tokens = (numberOf(test, 'n_prompt') ?? 0) + (numberOf(test, 'n_gen') ?? 0);
  const times = numbersOf(test, 'samples_ns').filter((ns) => ns > 0);
  return times.length > 0
    ? times.map((ns) => tokens / (ns / 1e9))
    : numbersOf(test, 'samples_ts').filter((rate) => rate > 0);
}

// As its own tables write it; of an export the row, which has a test for each phase.
function nameOf(test: JsonObject): string {
  if (exportedBy(test) !== null) return `p${numberOf(test, 'prompt_tokens')}-g${numberOf(test, 'output_tokens')}`;
  const [prompt, output, depth] = ['n_prompt', 'n_gen', 'n_depth'].map((key) => numberOf(test, key) ?? 0);
  const name = output === 0 ? `pp${prompt}` : prompt === 0 ? `tg${output}` : `pp${prompt}+tg${output}`;
  return depth === 0 ? name : `${name} @ d${depth}`;
}

function refuseSweep(tests: readonly JsonObject[], file: string): void {
  for (const key of ['model_filename', 'model_type', ...settingKeys]) {
    const values = [...new Set(tests.map((test) => String(test[key])))];
    if (values.length < 2) continue;
    throw new TokometerError('E_USAGE', `${file} has tests with several ${key}: ${values.join(', ')}`, {
      hint: 'write one llama-bench file for each setting, and compare two of them',
    });
  }
}

function versionOf(test: JsonObject): string | null {
  const number = numberOf(test, 'build_number');
  const commit = textOf(test, 'build_commit');
  return number === null ? commit : commit === null ? `b${number}` : `b${number} (${commit})`;
}

function isSetting(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
