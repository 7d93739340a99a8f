import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';

import { TokometerError } from '../base/errors.ts';
import type { Summary } from '../contract/summary.ts';
import { summarizeForeign } from '../metrics/foreign.ts';
import { summarizeDirectory } from '../run/summarize-directory.ts';
import { baselinePath, listBaselines } from '../store/baselines.ts';
import { readForeign } from '../store/import/read-foreign.ts';
import { readSummaryFile } from '../store/read-summary-file.ts';

/**
 * The result at a place: a run directory, a summary, a file or folder of another benchmark, or else a saved baseline of that
 * name. Throws E_USAGE when it is none of these.
 */
export async function readResult(place: string, outputs: string): Promise<Summary> {
  if (!existsSync(place)) return readBaseline(place, outputs);
  const isFolder = (await stat(place)).isDirectory();
  if (isFolder && existsSync(path.join(place, 'plan.json'))) return summarizeDirectory(place);
  const file = isFolder ? path.join(place, 'summary.json') : place;
  const summary = existsSync(file) ? await readSummaryFile(file) : null;
  if (summary !== null) return summary;
  const foreign = await readForeign(place);
  if (foreign !== null) return summarizeForeign(foreign, place);
  throw new TokometerError('E_USAGE', `${place} holds no result that compare can read`, {
    hint: 'a run directory or summary.json of Tokometer, or JSON of evalscope perf, llama-bench -o json or vllm bench serve --save-result',
  });
}

async function readBaseline(name: string, outputs: string): Promise<Summary> {
  const file = baselinePath(outputs, name);
  const summary = !name.includes('..') && existsSync(file) ? await readSummaryFile(file) : null;
  if (summary !== null) return summary;
  const names = await listBaselines(outputs);
  throw new TokometerError('E_USAGE', `${name} is neither a path nor a saved baseline`, {
    hint: names.length === 0 ? '--save-baseline NAME RUN saves one' : `saved are ${names.join(', ')}`,
  });
}
