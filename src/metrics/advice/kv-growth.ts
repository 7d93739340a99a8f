import { findModelShape, kvBytesPerToken } from '../../catalog/model-shapes.ts';
import { formatBytes, formatCount } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { countedRequests } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

const largestGap = 0.05;
// Blocks of the cache and the allocator's rounding would show below this.
const leastTokens = 1024;

interface Point {
  readonly cell: string;
  readonly tokens: number;
  readonly bytes: number;
}

/** The memory that an engine reports grows with the length by another amount than the model's shape asks for. */
export function kvGrowth(facts: AdviceFacts): Advice | null {
  const shape = findModelShape(facts.plan.model);
  const bytesPerValue = valueBytes(facts.engine.dtype);
  if (shape === null || bytesPerValue === null) return null;
  const points = facts.rows
    .flatMap((row) => largestPoint(facts, row.cell) ?? [])
    .toSorted((one, other) => one.tokens - other.tokens);
  const [shortest, longest] = [points[0], points.at(-1)];
  if (shortest === undefined || longest === undefined || longest.tokens - shortest.tokens < leastTokens) return null;
  const measured = (longest.bytes - shortest.bytes) / (longest.tokens - shortest.tokens);
  const expected = kvBytesPerToken(shape, bytesPerValue);
  if (Math.abs(measured / expected - 1) <= largestGap) return null;
  return {
    id: 'kv-growth',
    text:
      `The engine's memory grew by ${perToken(measured)} between ${formatCount(shortest.tokens)} and ` +
      `${formatCount(longest.tokens)} tokens, where keys and values of ${shape.name} take ${perToken(expected)}.`,
    hint: 'activations that grow with the prompt, a cache of another number format, or one that is not freed make the difference',
    rows: [shortest.cell, longest.cell],
  };
}

// Only what the engine tells of single requests, and only where it grows: a pool that is reserved says nothing.
function largestPoint(facts: AdviceFacts, cell: string): Point | null {
  const row = facts.rows.find((one) => one.cell === cell);
  const points = (row === undefined ? [] : countedRequests(facts, row)).flatMap(
    ({ promptTokens, outputTokens, memory }) => {
      const figure = memory.find(({ kind, bytes }) => kind === 'engine' && bytes !== null);
      if (figure === undefined || figure.bytes === null || promptTokens === null || outputTokens === null) return [];
      return [{ cell, tokens: promptTokens + outputTokens, bytes: figure.bytes }];
    },
  );
  return points.toSorted((one, other) => other.bytes - one.bytes)[0] ?? null;
}

/** Bytes of one key or value; null where the format of the cache is not known. */
function valueBytes(dtype: string | null): number | null {
  const name = dtype?.split(',')[0]?.trim().toLowerCase().replace('torch.', '') ?? '';
  if (['bfloat16', 'float16', 'half', 'bf16', 'fp16', 'f16'].includes(name)) return 2;
  return ['float32', 'float', 'fp32', 'f32'].includes(name) ? 4 : null;
}

function perToken(bytes: number): string {
  return `${formatBytes(Math.round(bytes))} a token`;
}
