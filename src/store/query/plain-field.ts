import type { Field } from '../../contract/export.ts';

/** A value of a result as every format can write it: whole numbers as numbers as far as they are exact, times in ISO 8601, lists as JSON. */
export function plainField(value: unknown): Field {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return exactInteger(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? exactInteger(inner) : inner));
}

function exactInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
