// Proves the house rules: each planted fault is reported by its rule, and the same code without it is not.
import { beforeAll, expect, test } from 'vitest';
import { lintPlanted } from './planted-house.ts';
import type { Finding } from './planted-house.ts';

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `export const line${index} = ${index};\n`).join('');

/** Files to plant, and the rules that must speak about them, in order; none where nothing is wrong. */
const cases: readonly { title: string; files: Readonly<Record<string, string>>; rules: readonly string[] }[] = [
  {
    title: 'a cycle',
    files: {
      'one.ts': `import { two } from './two.ts';\n\nexport const one = (): number => two();\n`,
      'two.ts': `import { one } from './one.ts';\n\nexport const two = (): number => one();\n`,
    },
    rules: ['import(no-cycle)', 'import(no-cycle)'],
  },
  {
    title: 'a cycle of types alone',
    files: {
      'one.ts': `import type { Two } from './two.ts';\n\nexport interface One {\n  readonly two: Two | null;\n}\n`,
      'two.ts': `import type { One } from './one.ts';\n\nexport interface Two {\n  readonly one: One | null;\n}\n`,
    },
    rules: ['import(no-cycle)', 'import(no-cycle)'],
  },
  {
    title: 'no cycle',
    files: {
      'one.ts': `import { two } from './two.ts';\n\nexport const one = two + 1;\n`,
      'two.ts': `export const two = 2;\n`,
    },
    rules: [],
  },
  {
    title: 'a default export',
    files: { 'one.ts': `const one = 1;\nexport default one;\n` },
    rules: ['import(no-default-export)'],
  },
  {
    title: 'a barrel',
    files: { 'one.ts': `export * from './two.ts';\n`, 'two.ts': `export const two = 2;\n` },
    rules: ['oxc(no-barrel-file)'],
  },
  { title: 'console', files: { 'one.ts': `console.log('one');\n` }, rules: ['eslint(no-console)'] },
  { title: 'process.exit', files: { 'one.ts': `process.exit(1);\n` }, rules: ['unicorn(no-process-exit)'] },
  { title: '300 lines', files: { 'one.ts': lines(300) }, rules: [] },
  { title: '301 lines', files: { 'one.ts': lines(301) }, rules: ['eslint(max-lines)'] },
  {
    title: 'five parameters',
    files: {
      'one.ts': `export const sum = (a: number, b: number, c: number, d: number, e: number) => a + b + c + d + e;\n`,
    },
    rules: ['eslint(max-params)'],
  },
  {
    title: 'a module of Node without its protocol',
    files: { 'one.ts': `import { join } from 'path';\n\nexport const one = join('a', 'b');\n` },
    rules: ['unicorn(prefer-node-protocol)'],
  },
  {
    title: 'a value import of a type',
    files: {
      'one.ts': `import { Two } from './two.ts';\n\nexport type One = Two;\n`,
      'two.ts': `export interface Two {\n  readonly two: 2;\n}\n`,
    },
    rules: ['typescript(consistent-type-imports)'],
  },
  { title: 'any', files: { 'one.ts': `export const one: any = 1;\n` }, rules: ['typescript(no-explicit-any)'] },
  {
    title: 'a file name in camel case',
    files: { 'oneTwo.ts': `export const one = 1;\n` },
    rules: ['unicorn(filename-case)'],
  },
  {
    title: 'a promise that nobody awaits, seen by type alone',
    files: { 'one.ts': `export const one = (): void => {\n  Promise.resolve(1);\n};\n` },
    rules: ['typescript(no-floating-promises)'],
  },
  {
    title: 'a switch that forgets a member of a union',
    files: {
      'one.ts': `export function one(kind: 'a' | 'b'): number {\n  switch (kind) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n}\n`,
    },
    rules: ['typescript(switch-exhaustiveness-check)'],
  },
];

const folderOf = (index: number): string => `src/plan/case-${index}/`;
let findings: readonly Finding[] = [];

beforeAll(async () => {
  const files = cases.flatMap((planted, index) =>
    Object.entries(planted.files).map(([name, text]): [string, string] => [`${folderOf(index)}${name}`, text]),
  );
  findings = await lintPlanted(new Map(files));
});

test.each(cases.map(({ title, rules }, index) => ({ title, rules, folder: folderOf(index) })))(
  'lint on $title',
  ({ folder, rules }) => {
    expect(findings.filter(({ file }) => file.startsWith(folder)).map(({ rule }) => rule)).toEqual(rules);
  },
);
