/** Published speeds as text. Comes in: rows of the catalogue. Goes out: a table, JSON or CSV, each ending in a line break. */
import { csvLine } from '../base/csv.ts';
import type { PublishedSpeed } from '../catalog/published-document.ts';
import { generatedSpeedOf } from '../catalog/published-speeds.ts';
import { publishedTables } from './table/published-table.ts';

/** What the documents call speed, by the metric of the same formula. */
const formulas = { generated_speed: 'generated / time', total_speed: '(prompt + generated) / time' } as const;

/** The rows, in a form of choice. `width`: columns of the terminal, for the table. */
export function renderPublished(
  rows: readonly PublishedSpeed[],
  format: 'table' | 'json' | 'csv',
  width: number,
): string {
  if (format === 'table') return publishedTables(rows, width);
  const lines = rows.map(flat);
  if (format === 'json') return `${JSON.stringify(lines, null, 2)}\n`;
  const heads = Object.keys(lines[0] ?? {});
  return [heads, ...lines.map((line) => Object.values(line))].map(csvLine).join('');
}

function flat(row: PublishedSpeed): Readonly<Record<string, string | number | null>> {
  const { document } = row;
  const generated = generatedSpeedOf(row);
  return {
    model: row.model,
    framework: row.framework,
    version: row.version,
    hardware: document.hardware,
    gpus: row.gpus,
    quantization: row.quantization,
    promptTokens: row.promptTokens,
    outputTokens: row.outputTokens,
    speedTokensPerSecond: row.speed,
    speedIs: document.speed,
    speedFormula: formulas[document.speed],
    speedBasis: document.speedBasis,
    generatedTokensPerSecond: generated === null ? null : Number(generated.toFixed(3)),
    memory: row.memory,
    memoryUnit: row.memory === null ? null : document.memoryUnit,
    note: row.note,
    source: document.source,
    commit: document.commit,
    date: document.date,
  };
}
