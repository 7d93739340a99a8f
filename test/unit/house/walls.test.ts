// Proves the walls: what house.config.js forbids, lint reports, and nothing else.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintPlanted, readHouse, root } from './planted-house.ts';

const { mayImport, mayTouch, mayFetch } = await readHouse();
const rooms = Object.keys(mayImport);
const ground = ['contract', 'base', 'stats', 'catalog'];

/** A place to plant in: a room, or the files beside the rooms, which have the rights of `cli`. */
interface Place {
  readonly name: string;
  readonly folder: string;
  readonly rights: string;
}

const places: readonly Place[] = [
  ...rooms.map((room) => ({ name: room, folder: `src/${room}`, rights: room })),
  { name: 'root', folder: 'src', rights: 'cli' },
];

const openTo = (place: Place): readonly string[] => [place.rights, ...(mayImport[place.rights] ?? [])];

/** Each way to write an import, and how deep below the place the file lies. */
const spellings = [
  { id: 'value', depth: 0, text: (from: string) => `import { one } from '${from}';\n\nexport const two = one + 1;\n` },
  { id: 'type', depth: 0, text: (from: string) => `import type { One } from '${from}';\n\nexport type Two = One;\n` },
  { id: 'again', depth: 0, text: (from: string) => `export { one } from '${from}';\n` },
  { id: 'lazy', depth: 0, text: (from: string) => `export const load = () => import('${from}');\n` },
  { id: 'deep', depth: 2, text: (from: string) => `import { one } from '${from}';\n\nexport const two = one + 1;\n` },
];

function relativePath(place: Place, room: string, depth: number): string {
  const up = depth + (place.folder === 'src' ? 0 : 1);
  return `${up === 0 ? './' : '../'.repeat(up)}${room}/one.ts`;
}

/** The modules that one pattern of `mayTouch` stands for, with a subpath of the last. */
function modulesOf(pattern: string): string[] {
  const choice = /^(.*)\((.*)\)$/.exec(pattern);
  const names = choice === null ? [pattern] : (choice[2] ?? '').split('|').map((name) => `${choice[1]}${name}`);
  return [...names, `${names.at(-1)}/promises`];
}

const sorted = (lines: readonly string[]): string[] => lines.toSorted();

test('every pair of rooms: a closed door is reported with the open ones named, an open door is not', async () => {
  const files = new Map(rooms.map((room) => [`src/${room}/one.ts`, 'export const one = 1;\n\nexport type One = 1;\n']));
  const expected: string[] = [];
  for (const place of places) {
    for (const room of rooms.filter((name) => name !== place.name)) {
      for (const { id, depth, text } of spellings) {
        // `src/index.ts` is the one file beside the rooms, and it lies at no depth.
        if (place.name === 'root' && depth > 0) continue;
        const file = `${place.folder}/${depth > 0 ? 'inner/most/' : ''}${id}-${room}.ts`;
        files.set(file, text(relativePath(place, room, depth)));
        if (openTo(place).includes(room)) continue;
        expected.push(`${file} eslint(no-restricted-imports) open doors here: ${openTo(place).join(', ')}`);
      }
    }
  }
  const found = await lintPlanted(files);
  expect(sorted(found.map(({ file, rule, help }) => `${file} ${rule} ${help}`))).toEqual(sorted(expected));
  // The table itself could be wide open: 15 rooms have 210 pairs, most of them closed.
  expect(expected.length).toBeGreaterThan(rooms.length * spellings.length * 5);
});

test('every door to the world: only the rooms that are named may open it', async () => {
  const files = new Map<string, string>();
  const expected: string[] = [];
  for (const place of places) {
    for (const [pattern, allowed] of Object.entries(mayTouch)) {
      for (const module of modulesOf(pattern)) {
        const file = `${place.folder}/opens-${module.replaceAll(/[^a-z0-9]+/g, '-')}.ts`;
        files.set(file, `import * as door from '${module}';\n\nexport const opened = door;\n`);
        if (allowed.includes(place.rights)) continue;
        expected.push(`${file} eslint(no-restricted-imports) only for: ${allowed.join(', ')}`);
      }
    }
    for (const [index, name] of ['fetch', 'WebSocket', 'EventSource'].entries()) {
      const file = `${place.folder}/global-${index}.ts`;
      files.set(file, `export const door = ${name};\n`);
      if (!mayFetch.includes(place.rights)) expected.push(`${file} eslint(no-restricted-globals) `);
    }
  }
  const found = await lintPlanted(files);
  const lines = found.map(({ file, rule, help }) => `${file} ${rule} ${rule.includes('globals') ? '' : help}`);
  expect(sorted(lines)).toEqual(sorted(expected));
  expect(expected.length).toBeGreaterThan(places.length * 5);
});

describe('the table', () => {
  test('has one key for each folder of src, and no other', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(sorted(folders.map(({ name }) => name))).toEqual(sorted(rooms));
  });

  test('stands on the ground: contract and base import nothing, stats and catalog only them', () => {
    const below = Object.fromEntries(ground.map((room) => [room, mayImport[room]]));
    expect(below).toEqual({
      contract: [],
      base: [],
      stats: ['contract', 'base'],
      catalog: ['contract', 'base'],
    });
  });

  test('keeps the rooms that do the work blind to each other: only run, fleet and cli look beyond the ground', () => {
    const lookBeyond = rooms.filter((room) => (mayImport[room] ?? []).some((other) => !ground.includes(other)));
    expect(lookBeyond.filter((room) => !['run', 'fleet', 'cli'].includes(room))).toEqual([]);
  });

  test('lets run write no report, and nothing import cli', () => {
    expect(mayImport['run']).not.toContain('report');
    expect(mayImport['cli']).not.toContain('engine');
    expect(rooms.filter((room) => mayImport[room]?.includes('cli'))).toEqual([]);
  });

  test('has no two rooms that may import each other, not even by a way round', () => {
    const reach = (room: string, seen: ReadonlySet<string>): ReadonlySet<string> =>
      (mayImport[room] ?? []).reduce((all, next) => (all.has(next) ? all : reach(next, new Set([...all, next]))), seen);
    expect(rooms.filter((room) => reach(room, new Set()).has(room))).toEqual([]);
  });

  test('names no room that has no key', () => {
    const named = [...Object.values(mayImport), ...Object.values(mayTouch), mayFetch].flat();
    expect(named.filter((room) => !rooms.includes(room))).toEqual([]);
  });
});
