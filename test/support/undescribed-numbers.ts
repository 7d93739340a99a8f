import type { FieldDefinition } from '../../src/contract/summary.ts';

/** Numbers that name or describe something themselves: the version of the file, and the n of a field's own definition. */
const selfEvident: ReadonlySet<string> = new Set(['v', 'fields[].n']);
const definition = ['id', 'label', 'unit', 'better', 'formula', 'method'] as const;

/** Paths of the numbers in a parsed summary that nothing describes; a value without its unit, formula, n or method is one too. */
export function undescribedNumbers(summary: { readonly fields: readonly FieldDefinition[] }): string[] {
  const patterns = summary.fields
    .filter(({ unit, formula, method, n }) => unit !== '' && formula !== '' && method !== '' && n >= 1)
    .map(({ path }) => new RegExp(`^${path.replaceAll(/[.[\]]/g, String.raw`\$&`).replaceAll('*', '[^.]+')}$`));
  const found = new Set<string>();
  const walk = (node: unknown, path: string): void => {
    if (typeof node === 'number') {
      if (!selfEvident.has(path) && !patterns.some((pattern) => pattern.test(path))) found.add(path);
    } else if (Array.isArray(node)) {
      for (const one of node) walk(one, `${path}[]`);
    } else if (typeof node === 'object' && node !== null) {
      if ('percentiles' in node && 'raw' in node) {
        if (!isDescribed(node)) found.add(path);
        return;
      }
      for (const [name, value] of Object.entries(node)) walk(value, path === '' ? name : `${path}.${name}`);
    }
  };
  walk(summary, '');
  return [...found];
}

function isDescribed(value: object): boolean {
  const field = (name: string): unknown => Reflect.get(value, name);
  const interval: unknown = field('interval');
  return (
    definition.every((name) => typeof field(name) === 'string' && field(name) !== '') &&
    typeof field('n') === 'number' &&
    (typeof field('value') === 'number' || typeof field('reason') === 'string') &&
    (interval === null || (typeof interval === 'object' && typeof Reflect.get(interval ?? {}, 'method') === 'string'))
  );
}
