// Reads the sources themselves: what a pattern in lint could miss (a path spelt in a roundabout way, a module loaded
// through another door) is resolved here and checked against the same table.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readHouse, root } from './planted-house.ts';

const { mayImport, mayFetch } = await readHouse();

interface Source {
  /** Relative to `src`. */
  readonly path: string;
  readonly text: string;
}

const specifierPattern = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.[^'"]*)\1/g;
/** Ways to a module or to the network that lint's rules on imports and globals don't see. */
const backDoors = /\bcreateRequire\b|\bgetBuiltinModule\b|\bglobalThis\s*(?:\.|\[)/;

function readSources(): Source[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(root, 'src', path), 'utf8') }));
}

const roomOf = (path: string): string => (path.includes(sep) ? (path.split(sep)[0] ?? '') : 'cli');

/** Each relative import that leaves its room by a closed door, as `file -> target`. */
function closedDoors(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(specifierPattern)]
      .map((match) => normalize(join(dirname(path), match[2] ?? '')))
      .filter((target) => {
        const [from, to] = [roomOf(path), roomOf(target)];
        return target.startsWith('..')
          ? target !== join('..', 'package.json')
          : !(from === to || mayImport[from]?.includes(to));
      })
      .map((target) => `${path} -> ${target}`),
  );
}

const planted = (path: string, specifier: string): Source[] => [
  { path, text: `import type { One } from '${specifier}';\nconst two = await import("${specifier}");\n` },
];

describe('the sources', () => {
  test('import through open doors alone, however the path is spelt', () => {
    const sources = readSources();
    expect(sources.length).toBeGreaterThan(0);
    expect(closedDoors(sources)).toEqual([]);
  });

  test('use no back door to a module or to the network', () => {
    const users = readSources().filter(({ path, text }) => !mayFetch.includes(roomOf(path)) && backDoors.test(text));
    expect(users.map(({ path }) => path)).toEqual([]);
  });

  test('hold at most 300 lines a file, comments included', () => {
    const long = readSources().filter(({ text }) => text.trimEnd().split('\n').length > 300);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

describe('the check itself', () => {
  test.each([
    ['plan/one.ts', '../engine/one.ts'],
    ['plan/one.ts', './../engine/one.ts'],
    ['plan/one.ts', '../../src/engine/one.ts'],
    ['plan/one.ts', '../base/../engine/one.ts'],
    ['plan/option/one.ts', '../../engine/http/one.ts'],
    ['bin.ts', './engine/one.ts'],
    ['plan/one.ts', '../../test/one.ts'],
  ])('finds that %s imports %s', (path, specifier) => {
    expect(closedDoors(planted(path, specifier))).toHaveLength(2);
  });

  test.each([
    ['plan/one.ts', '../base/one.ts'],
    ['plan/option/one.ts', '../two.ts'],
    ['cli/command/one.ts', '../../report/one.ts'],
    ['bin.ts', './cli/one.ts'],
  ])('lets %s import %s', (path, specifier) => {
    expect(closedDoors(planted(path, specifier))).toEqual([]);
  });

  test.each(["createRequire(import.meta.url)('node:net')", "globalThis.fetch('x')", "globalThis['fetch']('x')"])(
    'knows the back door %s',
    (text) => {
      expect(backDoors.test(text)).toBe(true);
    },
  );
});
