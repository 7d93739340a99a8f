/** A JSON object of another program, read field by field: nothing of its form is taken for granted. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A finite number; else null. */
export function numberOf(object: JsonObject, ...keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = object[key];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return null;
}

/** A text that is not empty; else null. */
export function textOf(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Numbers of a list; empty when it is none. */
export function numbersOf(object: JsonObject, key: string): number[] {
  const value = object[key];
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is number => typeof one === 'number' && Number.isFinite(one));
}

/** JSON, or null. Bare NaN and Infinity, which Python writes where it has no value, are read as null. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Only outside of texts: a value starts after a colon, a comma or a bracket.
    try {
      return JSON.parse(text.replaceAll(/([:,[]\s*)-?(?:NaN|Infinity)\b/g, '$1null'));
    } catch {
      return null;
    }
  }
}
