// Puts the tables of a benchmark's results into docs/benchmarks.md, between their marks.
//
//   node bench/write-docs.js bench/results/DATE.json [PIPELINE.json]
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const page = path.join(import.meta.dirname, '..', 'docs', 'benchmarks.md');
const [results, pipeline] = process.argv.slice(2);
if (results === undefined) throw new Error('node bench/write-docs.js RESULTS.json [PIPELINE.json]');

let text = readFileSync(page, 'utf8');
text = between(text, 'results', readFileSync(results.replace(/\.json$/, '.md'), 'utf8'));
if (pipeline !== undefined) text = between(text, 'pipeline', readFileSync(pipeline.replace(/\.json$/, '.md'), 'utf8'));
writeFileSync(page, text);

function between(whole, name, content) {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = whole.indexOf(begin);
  const to = whole.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} ... ${end}`);
  return `${whole.slice(0, from)}${begin}\n\n${content.trim()}\n\n${whole.slice(to)}`;
}
