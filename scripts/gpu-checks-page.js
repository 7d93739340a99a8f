// The page of the GPU checks, made anew from the steps that were done.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { sampleMs } from './gpu-watch.js';

const tolerance = 0.05;

/** Growth between two lengths against the arithmetic of keys and values. */
function memoryChecks(catalog, steps) {
  const done = steps.filter(({ state }) => state === 'ok').toSorted((one, other) => one.length - other.length);
  return done.slice(1).flatMap((step, place) => {
    const before = done[place];
    const kv = catalog.kvBytesPerToken(catalog.findModelShape(step.model));
    const tokens = step.length - before.length;
    return ['decodePeakBytes', 'allocatedBytes'].flatMap((id) => {
      const [low, high] = [before.engine.settings[id], step.engine.settings[id]];
      if (typeof low !== 'number' || typeof high !== 'number') return [];
      const perToken = (high - low) / tokens;
      const ratio = perToken / kv;
      return [
        {
          model: step.model,
          from: before.length,
          to: step.length,
          figure: id,
          perToken,
          kv,
          ratio,
          ok: Math.abs(ratio - 1) <= tolerance,
        },
      ];
    });
  });
}

/** A number with so many decimals, or `n/a`. */
export const show = (value, digits = 2) => (value === null || value === undefined ? 'n/a' : value.toFixed(digits));
const withInterval = ({ value, interval }, digits) =>
  interval === null || value === null
    ? show(value, digits)
    : `${show(value, digits)} (${show(interval.low, digits)} to ${show(interval.high, digits)})`;
/** Bytes as GiB, or `n/a`. */
export const gib = (bytes) => (typeof bytes === 'number' ? (bytes / 2 ** 30).toFixed(2) : 'n/a');

/** Writes gpu-checks.json and gpu-checks.md; how many steps failed, and how many memory figures are off. */
export function writePage({ out, gpu, catalog, models }) {
  const folder = join(out, 'steps');
  const steps = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  const order = (step) => models.findIndex(({ name }) => name === step.model) * 1e7 + step.length;
  steps.sort((one, other) => order(one) - order(other));
  const memory = models.flatMap(({ name }) =>
    memoryChecks(
      catalog,
      steps.filter(({ model }) => model === name),
    ),
  );
  const measured = steps.filter(({ state }) => state === 'ok');
  const first = measured[0];
  const lines = [
    `# Checks on ${gpu.name}`,
    '',
    `Driver ${gpu.driver}, power limit ${gpu.powerLimitWatts} W, ${gib(gpu.memoryBytes)} GiB.`,
    ...(first === undefined
      ? []
      : [
          `Transformers ${first.engine.version}, torch ${first.engine.settings.torch}, ${first.engine.dtype}, attention ${first.engine.settings.attention}, random weights, one request at a time, one process a row.`,
        ]),
    'Speeds in tokens a second, with their 95 % interval over n requests of one process.',
    '',
    '| Model | Prompt | Generated | Decode | Generated speed | Total speed | TTFT (ms) | n | Peak prefill (GiB) | Peak decode (GiB) | Energy (J/token) | Mean power (W) | GPU idle before |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|',
    ...measured.map((step) => {
      const { values, engine, energy, before } = step;
      const cells = [
        step.model,
        step.length,
        step.settings.maxTokens,
        withInterval(values.decode_speed, 1),
        withInterval(values.generated_speed, 1),
      ];
      cells.push(withInterval(values.total_speed, 1), withInterval(values.ttft, 0), values.generated_speed.n);
      cells.push(
        gib(engine.settings.prefillPeakBytes),
        gib(engine.settings.decodePeakBytes),
        show(energy.joulesPerToken),
      );
      cells.push(show(energy.watts, 0), before.idle === true ? 'yes' : before.reasons.join(', '));
      return `| ${cells.join(' | ')} |`;
    }),
    '',
    `Energy is that of the whole GPU from request to last token, by ${[...new Set(measured.map(({ energy }) => energy.method))].join(' and ')} (counter: NVML's total energy; power: its samples each ${sampleMs} ms), over the generated tokens.`,
    '',
    '## Memory against the arithmetic of keys and values',
    '',
    `Growth between neighbouring lengths, bytes a token; ok within ${tolerance * 100} %. \`allocatedBytes\` is what is alive after the last token, \`decodePeakBytes\` the peak of decoding, both by the allocator of torch.`,
    '',
    '| Model | From | To | Figure | Measured | Arithmetic | Ratio | |',
    '|---|---:|---:|---|---:|---:|---:|---|',
    ...memory.map(
      (one) =>
        `| ${one.model} | ${one.from} | ${one.to} | ${one.figure} | ${one.perToken.toFixed(0)} | ${one.kv} | ${one.ratio.toFixed(3)} | ${one.ok ? 'ok' : 'off'} |`,
    ),
  ];
  const others = steps.filter(({ state }) => state !== 'ok');
  if (others.length > 0)
    lines.push(
      '',
      '## Without a result',
      '',
      ...others.map(
        ({ model, length, state, reason }) => `- ${model} at ${length}: ${state}: ${reason.replaceAll('\n', ' ')}`,
      ),
    );
  writeFileSync(join(out, 'gpu-checks.json'), `${JSON.stringify({ v: 1, gpu, steps, memory }, null, 2)}\n`);
  writeFileSync(join(out, 'gpu-checks.md'), `${lines.join('\n')}\n`);
  return { failed: steps.filter(({ state }) => state === 'failed').length, off: memory.filter(({ ok }) => !ok).length };
}
