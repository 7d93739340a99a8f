// Puts the tables of a benchmark's results into docs/benchmarks.md, between their marks.
//
//   node bench/write-docs.js bench/results/DATE.json... [--pipeline PIPELINE.json]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const page = path.join(import.meta.dirname, '..', 'docs', 'benchmarks.md');
const { values, positionals: results } = parseArgs({
  allowPositionals: true,
  options: { pipeline: { type: 'string' } },
});
if (results.length === 0) throw new Error('node bench/write-docs.js RESULTS.json... [--pipeline PIPELINE.json]');

let text = readFileSync(page, 'utf8');
text = between(text, 'results', results.map(tablesOf).join('\n'));
if (values.pipeline !== undefined) text = between(text, 'pipeline', tablesOf(values.pipeline));
writeFileSync(page, text);

function tablesOf(file) {
  return readFileSync(file.replace(/\.json$/, '.md'), 'utf8');
}

function between(whole, name, content) {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = whole.indexOf(begin);
  const to = whole.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} ... ${end}`);
  return `${whole.slice(0, from)}${begin}\n\n${content.trim()}\n\n${whole.slice(to)}`;
}
