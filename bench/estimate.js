// Does an estimate say what the full run shows? Alternated pairs of both on the embedded engine, with random weights of a small shape.
//   node bench/estimate.js [--pairs 10] [--threads 1] [--prompt-lengths '1 128 256 512'] [--max-tokens 512] [--model FILE.gguf]
//                          [--dry-run]                                                   (after npm run build)
// Writes bench/results/ and its block of docs/benchmarks.md; --dry-run only prints. Ends with 1 when the claim does not hold.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { seededRandom } from '../dist/base/random.js';
import { judge, metrics, pairOf, tableOf } from './estimate/judge.js';
import { runProduct } from './estimate/run-product.js';
import { writeSmallModel } from './estimate/small-model.js';
import { productFirst } from './pairs/compare.js';
import { machineOf, writeBlock, writeJson } from './pairs/results.js';

const startedAtMs = performance.now();
const tell = (text) => console.error(`${((performance.now() - startedAtMs) / 1000).toFixed(0).padStart(4)} s  ${text}`);

function readWords() {
  const { values } = parseArgs({
    options: {
      pairs: { type: 'string', default: '10' },
      threads: { type: 'string', default: '1' },
      'prompt-lengths': { type: 'string', default: '1 128 256 512' },
      'max-tokens': { type: 'string', default: '512' },
      model: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const pairs = Number(values.pairs);
  if (!Number.isSafeInteger(pairs) || pairs < 1) throw new Error('--pairs needs an integer from 1');
  const plan = [
    '--threads',
    values.threads,
    '--prompt-lengths',
    ...values['prompt-lengths'].split(' '),
    '--max-tokens',
    values['max-tokens'],
  ];
  return { pairs, plan, model: values.model ?? null, isDryRun: values['dry-run'] };
}

async function main() {
  const { pairs, plan, model, isDryRun } = readWords();
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-estimate-'));
  try {
    const file = model ?? (await writeSmallModel(folder));
    const words = ['--api', 'local_llama', '--model', file, ...plan, '--outputs-dir', path.join(folder, 'outputs')];
    const machine = await machineOf();
    const found = [];
    for (const [place, estimateFirst] of productFirst(pairs, seededRandom('estimate')).entries()) {
      const early = estimateFirst ? await runProduct([...words, '--estimate']) : null;
      const full = await runProduct(words);
      const estimate = early ?? (await runProduct([...words, '--estimate']));
      const pair = { ...pairOf(estimate, full), estimateFirst };
      found.push(pair);
      const last = pair.rows.at(-1)[metrics[0]];
      tell(
        `pair ${place + 1} of ${pairs}: ${(pair.estimateMs / 1000).toFixed(1)} s for ${(pair.fullMs / 1000).toFixed(1)} s; ` +
          `longest prompt ${last.estimate.toFixed(2)} (${last.low.toFixed(2)} to ${last.high.toFixed(2)}), ` +
          `full run ${last.full.toFixed(2)}: ${last.isInside ? 'inside' : 'OUTSIDE'}`,
      );
    }
    const result = { plan, model: model === null ? 'small dummy shape' : path.basename(model), ...judge(found) };
    const date = new Date().toISOString().slice(0, 10);
    const text = tableOf(result, machine, date);
    console.log(text);
    if (!isDryRun) {
      const written = writeJson(`${date}-estimate`, { v: 1, date, machine, ...result });
      writeBlock('estimate', text);
      format([written, 'docs/benchmarks.md']);
    }
    if (!result.holds) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// As `npm run check` wants them.
function format(files) {
  const root = path.join(import.meta.dirname, '..');
  const formatter = path.join(root, 'node_modules/.bin/oxfmt');
  if (existsSync(formatter)) spawnSync(formatter, files, { cwd: root, stdio: 'ignore' });
}

await main();
