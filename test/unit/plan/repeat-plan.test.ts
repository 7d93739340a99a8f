import { expect, test } from 'vitest';

import { maskSecrets } from '../../../src/base/mask-secrets.ts';
import { planSchema } from '../../../src/contract/schema/plan.ts';
import type { RunPlan } from '../../../src/contract/plan.ts';
import { perfOptions } from '../../../src/plan/option/perf.ts';
import { joinWords, splitWords } from '../../../src/plan/option/split-words.ts';
import { planFromSources } from '../../../src/plan/plan.ts';
import { repeatPlan } from '../../../src/plan/repeat-plan.ts';

type Flags = Readonly<Record<string, unknown>>;

const served: Flags = { model: 'q', url: 'http://h:1/v1/completions' };
const load: Flags = { ...served, prompt: 'Tell a story', 'max-tokens': 16 };

/** Every option of a plan stands in one of these at a value that is not its default. */
const samples: readonly Flags[] = [
  served,
  { ...served, url: 'http://h:1/v1/chat/completions', 'api-key': 'k', headers: ['x-team=a'], stream: false, seed: 7 },
  { ...served, 'connect-timeout': 5, 'read-timeout': 6, 'total-timeout': 7, 'test-connection': false, 'server-pid': 9 },
  { ...served, url: 'https://h/v1', http2: true, 'busy-poll': true, proxy: 'http://p:1/', name: 'n' },
  { ...served, dataset: 'speed_benchmark_long', 'min-tokens': 5, temperature: 0.5, 'extra-args': '{"top_k": 1}' },
  { ...served, 'tokenizer-path': '/t', 'tokenize-prompt': true, number: [9], 'warmup-num': 2 },
  { ...served, 'prompt-lengths': [1, 5], precision: '2%', 'time-budget': '10m', 'warmup-num': 'auto' },
  { ...served, 'warmup-num': 0.5, repetitions: 5, 'peak-bandwidth': 100, 'peak-tflops': 9 },
  { ...load, parallel: [1, 8], number: [10, 20], 'client-threads': 2 },
  { ...load, parallel: [1, 8], 'warmup-num': 0.1, number: [20, 100] },
  { ...load, parallel: [200], 'warmup-num': 'auto', repetitions: 2 },
  { ...load, rate: [5, 20], arrival: 'constant', 'min-tokens': 3 },
  { ...load, parallel: [4], 'warmup-num': 0, slo: ['ttft<=500ms', 'latency<10s'] },
  { api: 'local_llama', model: 'm.gguf', 'load-format': 'dummy', 'dummy-quantization': 'Q8_0', threads: 2, fit: '2m' },
  { api: 'local', model: 'm', 'attn-implementation': 'eager', 'device-map': 'auto', compile: true, executions: 2 },
  { api: 'local', model: 'm', dtype: 'float16', gpus: '0,1', hub: 'huggingface', revision: 'abc', python: '/p' },
  { api: 'local_vllm', model: 'm', 'use-modelscope': true, 'trust-remote-code': true, 'start-timeout': 9 },
  { api: 'local_vllm', model: 'm', 'allow-busy': true, 'gpu-memory-utilization': 0.5, 'enforce-eager': true },
  { api: 'local_vllm', model: 'm', 'max-model-len': 99, 'engine-args': `--a 'b c' --d='it'"'"'s'` },
  { model: 'm', 'engine-command': 'server --port {port} --model "{model}"' },
  { api: 'reference', 'ttft-ms': 1, 'itl-ms': 2, 'jitter-ms': 1, 'prefill-speed': 3, 'tokens-per-chunk': 2 },
  { api: 'reference', 'max-tokens': 4, 'prompt-lengths': [3] },
  { ...served, 'prompt-lengths': [1, 600, 2000], 'max-tokens': 64, repetitions: 2, estimate: true },
];

async function planOf(flags: Flags): Promise<RunPlan> {
  return (await planFromSources({ flags, environment: {} })).plan;
}

/** As it comes back from a run directory. */
function stored(plan: RunPlan): RunPlan {
  return planSchema.parse(JSON.parse(JSON.stringify(maskSecrets(plan))));
}

const withoutOutput = (plan: RunPlan): object => ({ ...plan, output: null });

test.each(samples)('%o is repeated as the very same plan', async (flags) => {
  const plan = await planOf(flags);
  const key = flags['api-key'] === undefined ? {} : { 'api-key': 'k' };
  const again = repeatPlan(stored(plan), { flags: key, environment: {} });
  expect(withoutOutput(again.plan)).toEqual(withoutOutput(plan));
  expect(again.differences).toEqual([]);
});

test.each(samples)('%o takes another seed, so its options are known', async (flags) => {
  const key = flags['api-key'] === undefined ? {} : { 'api-key': 'k' };
  const { plan, differences } = repeatPlan(stored(await planOf(flags)), {
    flags: { ...key, seed: 1234 },
    environment: {},
  });
  expect(plan.workload.seed).toBe(1234);
  expect(differences.map(({ what }) => what)).toContain('plan workload.seed');
});

test('every option of a plan is among those that are tried', () => {
  const tried = new Set(samples.flatMap((flags) => Object.keys(flags)));
  // These steer the command, or are other words for what is tried.
  const others = 'outputs-dir timestamp log-every-n-query push json quiet debug print-plan from config open-loop';
  const known = Object.values(perfOptions).map(({ flag }) => flag);
  expect(known.filter((flag) => !tried.has(flag)).toSorted()).toEqual(others.split(' ').toSorted());
});

test('a flag moves what follows from it, and not what was said', async () => {
  const speed = stored(await planOf({ ...served, 'prompt-lengths': [1, 5] }));
  const longer = repeatPlan(speed, { flags: { 'max-tokens': 9 }, environment: {} }).plan;
  expect(longer.workload.minOutputTokens).toBe(9);
  expect(longer.cells.map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens])).toEqual([
    [1, 9],
    [5, 9],
  ]);
  const timed = repeatPlan(speed, { flags: { 'time-budget': '10m' }, environment: {} }).plan;
  expect(timed.traffic.repetitions).toBe(1000);
  const said = stored(await planOf({ ...load, parallel: [1, 8], number: [10, 20] }));
  expect(() => repeatPlan(said, { flags: { parallel: [1, 2, 4] }, environment: {} })).toThrow(
    /--parallel has 3 values/,
  );
});

test('a key of the environment fills in the one that was masked, and adds none where there was none', async () => {
  const environment = { TOKOMETER_API_KEY: 'env' };
  const keyed = repeatPlan(stored(await planOf({ ...served, 'api-key': 'k' })), { flags: {}, environment }).plan;
  expect(keyed.engine).toMatchObject({ apiKey: 'env' });
  const open = repeatPlan(stored(await planOf(served)), { flags: {}, environment }).plan;
  expect(open.engine).toMatchObject({ apiKey: null });
});

test.each([
  [{ ...served, 'api-key': 'k' }, /engine\.apiKey .*not stored/],
  [{ ...served, headers: ['authorization=b', 'x-team=a'] }, /engine\.headers\.authorization .*not stored/],
  [{ ...served, url: 'http://u:p@h:1/v1/completions' }, /engine\.url .*not stored/],
  [{ ...served, proxy: 'http://u:p@h:1/' }, /engine\.proxy .*not stored/],
  [{ ...served, 'extra-args': '{"hf_token": "t"}' }, /workload\.extraArguments\.hf_token .*not stored/],
  [{ api: 'local_vllm', model: 'm', 'engine-args': '--api-key k' }, /engine\.engineArguments\.1 .*not stored/],
  [{ model: 'm', 'engine-command': 's --port {port} --token=k' }, /engine\.command\.3 .*not stored/],
])('a secret of %o is asked for again', async (flags, problem) => {
  const masked = stored(await planOf(flags));
  expect(() => repeatPlan(masked, { flags: {}, environment: {} })).toThrow(problem);
});

test('a plan that no flags make is repeated as it is, and changed by none', async () => {
  const plan = stored(await planOf(load));
  const made = { ...plan, workload: { ...plan.workload, prompt: '@ a text that begins like a path' } };
  expect(withoutOutput(repeatPlan(made, { flags: { 'outputs-dir': 'o' }, environment: {} }).plan)).toEqual(
    withoutOutput(made),
  );
  expect(() => repeatPlan(made, { flags: { seed: 1 }, environment: {} })).toThrow(/made by no flags/);
});

test.each([[[]], [['a', 'b c', "it's", '', '"', '\\', '$x', '{port}']]])('%o is cut as it was joined', (words) => {
  expect(splitWords(joinWords(words))).toEqual(words);
});
