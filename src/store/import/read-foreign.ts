import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { systemCodeOf, TokometerError } from '../../base/errors.ts';
import type { ForeignCell, ForeignResult } from '../../contract/foreign.ts';
import { readEvalscope } from './evalscope.ts';
import { parseJson } from './json-value.ts';
import { readLlamaBench } from './llama-bench.ts';
import { readVllmBench } from './vllm-bench.ts';

const evalscopeNames = ['benchmark_summary.json', 'speed_benchmark.json'];
const sideNames = ['benchmark_percentile.json', 'benchmark_args.json'];

/**
 * Reads a file of EvalScope, llama-bench or vLLM bench, or a folder with files of one of them, as starts: a cell that a folder
 * has twice was measured in two starts. Null when there is none of these. Throws E_USAGE of files that can't be compared.
 */
export async function readForeign(place: string): Promise<readonly [ForeignResult, ...ForeignResult[]] | null> {
  const files = await filesBelow(place);
  const found: ForeignResult[] = [];
  for (const file of files ?? [place]) {
    const result = await readFileOf(file);
    if (result !== null) found.push(result);
  }
  const tools = new Set(found.map(({ tool }) => tool));
  if (tools.size > 1) {
    throw new TokometerError('E_USAGE', `${place} has results of ${[...tools].join(' and ')}`, {
      hint: 'name a folder with results of one tool, or one file',
    });
  }
  const [first, ...others] = startsOf(found);
  return first === undefined ? null : [first, ...others];
}

async function readFileOf(file: string): Promise<ForeignResult | null> {
  const folder = path.dirname(file);
  const name = path.basename(file);
  if (evalscopeNames.includes(name)) {
    const [summary, speeds, percentiles, given] = await Promise.all(
      [...evalscopeNames, ...sideNames].map((one) => readJson(path.join(folder, one))),
    );
    const hasSpeeds = Array.isArray(speeds);
    // Of the two files of a speed benchmark one is enough: it has the lengths.
    if (name === 'benchmark_summary.json' && hasSpeeds) return null;
    return readEvalscope({ file, summary, percentiles, speeds, arguments: given });
  }
  const text = await readText(file);
  if (text === null) return null;
  return readLlamaBench(text, file) ?? readVllmBench(parseJson(text), file);
}

/** Deals results out to starts: a cell that a start has already belongs to the next one. */
function startsOf(results: readonly ForeignResult[]): ForeignResult[] {
  const starts: { result: ForeignResult; cells: ForeignCell[] }[] = [];
  for (const result of results) {
    const names = new Set(result.cells.map(({ name }) => name));
    const start = starts.find(({ cells }) => !cells.some(({ name }) => names.has(name)));
    if (start === undefined) starts.push({ result, cells: [...result.cells] });
    else start.cells.push(...result.cells);
  }
  return starts.map(({ result, cells }) => ({ ...result, cells }));
}

// Null: it is no folder.
async function filesBelow(place: string): Promise<string[] | null> {
  try {
    const entries = await readdir(place, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && /\.jsonl?$/.test(entry.name));
    return files
      .map((entry) => path.join(entry.parentPath, entry.name))
      .toSorted((one, other) => (one < other ? -1 : 1));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  return text === null ? null : parseJson(text);
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
