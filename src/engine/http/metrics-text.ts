// name{label="value with \" and }"} value: comments and blank lines don't match.
const sampleLine = /^([A-Za-z_:][\w:]*)(?:\{(?:[^"}\n]|"(?:[^"\\\n]|\\.)*")*\})?[ \t]+(\S+)/gm;

/**
 * Reads a text in the Prometheus exposition format: for each name the sum of its samples over all labels. Buckets are left out,
 * and so is a name with a sample that is no finite number.
 */
export function sumSamples(text: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const [, name = '', value = ''] of text.matchAll(sampleLine)) {
    if (!name.endsWith('_bucket')) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  for (const [name, sum] of sums) if (!Number.isFinite(sum)) sums.delete(name);
  return sums;
}
