/**
 * Speeds that Qwen published: 798 rows of four documents, Qwen1.5 to Qwen3.
 * In: a model, a framework and the like, as people write them. Out: rows as printed, with their document.
 * Must not know: what was measured, or how rows are shown.
 */
import { qwen15Speeds } from './data/published/qwen1.5.ts';
import { qwen2Speeds } from './data/published/qwen2.ts';
import { qwen25Speeds } from './data/published/qwen2.5.ts';
import { qwen3Speeds } from './data/published/qwen3.ts';
import { modelIdentity, normalQuantization } from './model-identity.ts';
import type { PublishedSpeed } from './published-document.ts';
import { publishedRows } from './published-rows.ts';

/** What rows must have; null: anything. */
export interface PublishedQuery {
  readonly model: string | null;
  readonly framework: string | null;
  /** A part of the name: `H20`, `A100`. */
  readonly hardware: string | null;
  readonly quantization: string | null;
  readonly promptTokens: number | null;
}

let rows: readonly PublishedSpeed[] | null = null;

/** Every row, the newest document first, in the order of its tables. Read from its text on first use. */
export function listPublishedSpeeds(): readonly PublishedSpeed[] {
  rows ??= [qwen3Speeds, qwen25Speeds, qwen2Speeds, qwen15Speeds].flatMap(publishedRows);
  return rows;
}

/**
 * Rows that answer to all of the query. A model is known by its name in any case, with or without its organisation or
 * folder; an ending that names a quantisation asks for that one.
 */
export function findPublishedSpeeds(query: PublishedQuery): readonly PublishedSpeed[] {
  const model = query.model === null ? null : modelIdentity(query.model);
  const quantization = query.quantization ?? model?.quantization ?? null;
  return listPublishedSpeeds().filter(
    (row) =>
      (model === null || row.model.toLowerCase() === model.name.toLowerCase()) &&
      (query.framework === null || row.framework.toLowerCase() === query.framework.toLowerCase()) &&
      (query.hardware === null || row.document.hardware.toLowerCase().includes(query.hardware.toLowerCase())) &&
      (quantization === null || normalQuantization(row.quantization) === normalQuantization(quantization)) &&
      (query.promptTokens === null || row.promptTokens === query.promptTokens),
  );
}

/** Names of the models that have rows. */
export function publishedModels(): readonly string[] {
  return [...new Set(listPublishedSpeeds().map((row) => row.model))];
}

/** The row's speed as generated tokens by the whole time, in tokens/s; computed where the document counts the prompt too. */
export function generatedSpeedOf(row: PublishedSpeed): number | null {
  if (row.speed === null || row.document.speed === 'generated_speed') return row.speed;
  return (row.speed * row.outputTokens) / (row.promptTokens + row.outputTokens);
}
