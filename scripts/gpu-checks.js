// The checks for a machine with an NVIDIA GPU: Transformers with random weights, at the documents' lengths, through the
// built command line. Resumable parts of less than 8 minutes each; what is done is kept and not done again.
//   node scripts/gpu-checks.js --list
//   node scripts/gpu-checks.js --python PATH [--only PART] [--out DIR] [--max-tokens N] [--repetitions N]
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { gib, show, writePage } from './gpu-checks-page.js';
import { energyOf, findGpu, idleState, sampleMs, startSampling } from './gpu-watch.js';

const root = join(import.meta.dirname, '..');
const shortLengths = [1, 6144, 14336];
const middleLengths = [30720];
const longLengths = [63488, 129024];
const partLimitMs = 8 * 60_000;
// What a prefill holds besides weights and KV cache: the feed-forward block of one layer, three times, and some room.
const activationCopies = 4;

const models = [
  { id: '0.5b', name: 'Qwen/Qwen2.5-0.5B-Instruct' },
  { id: '7b', name: 'Qwen/Qwen2.5-7B-Instruct' },
  { id: '14b', name: 'Qwen/Qwen2.5-14B-Instruct' },
];

/** Every part: one model at some lengths. Each length is a run of its own, so that its memory is its own. */
const parts = models.flatMap(({ id, name }) => [
  { id: `${id}-short`, model: name, lengths: shortLengths },
  { id: `${id}-middle`, model: name, lengths: middleLengths },
  ...longLengths.map((length) => ({ id: `${id}-${length}`, model: name, lengths: [length] })),
]);

/** One length of one model: a run of the product, with the GPU watched around it. */
async function runStep(step, settings, gpu) {
  const before = idleState(gpu);
  const outputs = join(tmpdir(), `tokometer-gpu-checks-${process.pid}`);
  const words = ['perf', '--api', 'local', '--model', step.model, '--load-format', 'dummy'];
  words.push('--prompt-lengths', `${step.length}`, '--max-tokens', `${settings.maxTokens}`);
  words.push('--repetitions', `${settings.repetitions}`, '--attn-implementation', 'sdpa', '--dtype', 'bfloat16');
  words.push('--python', settings.python, '--outputs-dir', outputs, '--json');
  const sampling = startSampling(settings.python, gpu);
  const began = performance.now();
  const ended = await new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'dist/bin.js'), ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const seconds = (performance.now() - began) / 1000;
  // One more sample: the last request may have ended between two.
  await new Promise((resolve) => setTimeout(resolve, 3 * sampleMs));
  sampling.stop();
  rmSync(outputs, { recursive: true, force: true });
  if (ended.code !== 0)
    return { ...step, state: 'failed', seconds, before, reason: ended.stderr.trim().split('\n').slice(-6).join('\n') };
  const summary = JSON.parse(ended.stdout);
  const row = summary.rows[0];
  const speed = (id) => ({
    value: row.values[id]?.value ?? null,
    interval: row.values[id]?.interval ?? null,
    n: row.values[id]?.n ?? 0,
  });
  const { engine } = summary;
  return {
    ...step,
    state: row.valid ? 'ok' : 'failed',
    reason: row.valid ? null : row.reasons.join('; '),
    settings: { maxTokens: settings.maxTokens, repetitions: settings.repetitions },
    seconds,
    before,
    engine: {
      name: engine.name,
      version: engine.version,
      device: engine.device,
      dtype: engine.dtype,
      settings: engine.settings,
    },
    memory: engine.memory,
    values: Object.fromEntries(Object.keys(row.values).map((id) => [id, speed(id)])),
    energy: energyOf(summary, sampling.samples),
    advice: summary.advice.map(({ text }) => text),
  };
}

/** Bytes that a step needs at most; null shape: unknown. */
function neededBytes(catalog, step, maxTokens) {
  const shape = catalog.findModelShape(step.model);
  const tokens = step.length + maxTokens;
  const activation = activationCopies * step.length * shape.intermediateSize * 2;
  return 2 * catalog.parameterCount(shape) + catalog.kvBytesPerToken(shape) * tokens + activation + 2 ** 30;
}

async function main() {
  const string = { type: 'string' };
  const { values } = parseArgs({
    options: {
      list: { type: 'boolean' },
      only: string,
      out: string,
      python: string,
      'max-tokens': string,
      repetitions: string,
    },
  });
  if (values.list === true) {
    for (const { id, model, lengths } of parts) console.log(`${id.padEnd(12)} ${model} at ${lengths.join(', ')}`);
    return 0;
  }
  const chosen = values.only === undefined ? parts : parts.filter(({ id }) => values.only.split(',').includes(id));
  if (chosen.length === 0) throw new Error(`there is no part ${String(values.only)}: see --list`);
  if (!existsSync(join(root, 'dist/bin.js'))) throw new Error('dist/bin.js is not there: npm run build');
  const settings = {
    python: values.python ?? 'python3',
    maxTokens: Number(values['max-tokens'] ?? 256),
    repetitions: Number(values.repetitions ?? 3),
  };
  const out = values.out ?? join(root, 'docs/results');
  mkdirSync(join(out, 'steps'), { recursive: true });
  const gpu = findGpu();
  const catalog = await import('../dist/catalog/model-shapes.js');
  for (const part of chosen) {
    const began = performance.now();
    for (const length of part.lengths) {
      const step = { part: part.id, model: part.model, length };
      const file = join(out, 'steps', `${part.id}-${length}.json`);
      const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
      const isDone =
        before?.state === 'ok' &&
        before.settings.maxTokens === settings.maxTokens &&
        before.settings.repetitions === settings.repetitions;
      if (isDone) {
        console.log(`${part.id} at ${length}: there already`);
        continue;
      }
      const needed = neededBytes(catalog, step, settings.maxTokens);
      const result =
        needed > gpu.memoryBytes
          ? { ...step, state: 'skipped', reason: `needs about ${gib(needed)} GiB, the GPU has ${gib(gpu.memoryBytes)}` }
          : await runStep(step, settings, gpu);
      writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
      const speed = result.values?.generated_speed;
      console.log(
        `${part.id} at ${length}: ${result.state}, ${speed === undefined ? result.reason : `${show(speed.value)} tok/s, n ${speed.n}, ${show(result.seconds, 0)} s`}`,
      );
    }
    const tookMs = performance.now() - began;
    if (tookMs > partLimitMs)
      console.log(`${part.id} took ${show(tookMs / 60_000, 1)} minutes: choose fewer --max-tokens or --repetitions`);
  }
  const { failed, off } = writePage({ out, gpu, catalog, models });
  console.log(`${join(out, 'gpu-checks.md')}: ${failed} failed, ${off} memory figures off`);
  return failed + off === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
