// Tokometer against the bare engine, in alternated pairs on one machine: the ratio of times with its 95 % interval.
//   node bench/pairs.js transformers|vllm|llama [--pairs 20] [--repeats 5] [--threads N] [--python PATH]
//                       [--model FOLDER or GGUF] [--dtype bfloat16] [--dry-run]        (after npm run build)
// Writes bench/results/ and its block of docs/benchmarks.md; --dry-run only prints. Skips with a reason what can't run here.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { llamaPairs } from './pairs/llama.js';
import { Skip } from './pairs/requirements.js';
import { machineOf, tableOf, writeResults } from './pairs/results.js';
import { transformersPairs } from './pairs/transformers.js';
import { vllmPairs } from './pairs/vllm.js';

const comparisons = { transformers: transformersPairs, vllm: vllmPairs, llama: llamaPairs };
const startedAtMs = performance.now();

const tell = (text) => console.error(`${((performance.now() - startedAtMs) / 1000).toFixed(0).padStart(4)} s  ${text}`);

function readWords() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      pairs: { type: 'string', default: '20' },
      repeats: { type: 'string', default: '5' },
      threads: { type: 'string' },
      python: { type: 'string' },
      model: { type: 'string' },
      dtype: { type: 'string', default: 'bfloat16' },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const [name] = positionals;
  if (positionals.length !== 1 || !(name in comparisons)) {
    throw new Error(`name one of ${Object.keys(comparisons).join(', ')}`);
  }
  const count = (flag, least) => {
    const value = Number(values[flag]);
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${flag} needs an integer from ${least}`);
    return value;
  };
  return {
    name,
    isDryRun: values['dry-run'],
    pairs: count('pairs', 2),
    repeats: count('repeats', 1),
    // Two threads that wait for each other crawl on a busy machine; a tiny model needs one.
    threads: values.threads !== undefined ? count('threads', 1) : name === 'llama' ? null : 1,
    python: values.python ?? null,
    model: values.model ?? null,
    dtype: values.dtype,
  };
}

async function main() {
  const { name, isDryRun, ...words } = readWords();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort(new Error(signal)));
  const machine = await machineOf();
  const date = new Date().toISOString().slice(0, 10);
  const result = await comparisons[name]({ ...words, signal: stop.signal, tell });
  console.log(tableOf(result, machine, date));
  if (isDryRun) return;
  const file = writeResults({ name, date, result, machine });
  format([file, 'docs/benchmarks.md']);
  tell(`written: ${path.relative(process.cwd(), file)} and docs/benchmarks.md`);
}

// As `npm run check` wants them.
function format(files) {
  const root = path.join(import.meta.dirname, '..');
  const formatter = path.join(root, 'node_modules/.bin/oxfmt');
  if (existsSync(formatter)) spawnSync(formatter, files, { cwd: root, stdio: 'ignore' });
}

try {
  await main();
} catch (error) {
  if (error instanceof Skip) {
    console.error(`skipped: ${error.message}`);
  } else {
    console.error(`pairs: ${error.message}${error.hint ? `\n${error.hint}` : ''}`);
    process.exitCode = 1;
  }
}
