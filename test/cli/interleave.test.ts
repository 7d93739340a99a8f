import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { temporaryFolder, tokometer } from '../support/tokometer.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const two = `
defaults: {api: reference, ttft-ms: 5, max-tokens: 8, repetitions: 2, prompt-lengths: [1]}
runs:
  - {name: one, itl-ms: 2}
  - {name: other, itl-ms: 40}
`;

test('two runs take turns, go on where they stopped, and are compared over their starts', async () => {
  const file = path.join(folder.path, 'turns.yaml');
  await writeFile(file, two);
  const words = ['batch', file, '--outputs-dir', folder.path, '--interleave', '--repeat', '2'];
  const ended = await tokometer(words);
  expect(ended.code, ended.stderr).toBe(0);
  const titles = [...ended.stderr.matchAll(/batch (\d) of 4 · .* · (one|other) · round (\d)/g)];
  expect(titles.map(([, number, name, round]) => `${number} ${name} ${round}`)).toEqual([
    '1 one 1',
    '2 other 1',
    '3 one 2',
    '4 other 2',
  ]);
  const command = /^compare +tokometer (compare --base .* --candidate .*)$/m.exec(ended.stderr)?.[1] ?? '';
  const compared = await tokometer([...command.split(' '), '--allow-different', 'settings', '--format', 'json']);
  expect(compared.code, compared.stderr).toBe(0);
  const { cells }: { cells: { values: { id: string }[] }[] } = JSON.parse(compared.stdout);
  expect(cells[0]?.values.find(({ id }) => id === 'decode_speed')).toMatchObject({
    verdict: 'slower',
    base: { n: 4, executions: 2 },
    candidate: { n: 4, executions: 2 },
  });

  const batch = path.join(folder.path, 'batch', 'turns');
  const entry = (await readdir(batch)).find((name) => name.startsWith('other')) ?? '';
  const [first = ''] = await readdir(path.join(batch, entry));
  await rm(path.join(batch, entry, first), { recursive: true });
  const again = await tokometer(words);
  expect(again.stderr).toMatch(/3 of 4 done before/);
  expect(again.stderr.match(/^batch \d of 4 · /gm)).toEqual(['batch 4 of 4 · ']);
  expect(await readdir(path.join(batch, entry))).toHaveLength(2);
});

test('the file can say it, and three rounds are the default', async () => {
  const file = path.join(folder.path, 'said.yaml');
  await writeFile(file, `interleave: true\n${two}`);
  const shown = await tokometer(['batch', file, '--outputs-dir', folder.path, '--json']);
  expect(shown.code, shown.stderr).toBe(0);
  expect(JSON.parse(shown.stdout)).toHaveLength(6);
});

test.each([
  ['interleave: perhaps', 'interleave needs true or false, got "perhaps"'],
  ['repeat: 0', 'repeat needs an integer of at least 1'],
])('%s is refused', async (line, problem) => {
  const file = path.join(folder.path, 'refused.yaml');
  await writeFile(file, `${line}\n${two}`);
  const ended = await tokometer(['batch', file, '--outputs-dir', folder.path]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(problem);
});

test('runs of one side that differ, and sides that are given by half, are refused', async () => {
  const batch = path.join(folder.path, 'batch', 'said');
  const runs = new Map<string, string[]>();
  for (const name of (await readdir(batch)).filter((one) => one !== 'batch.json')) {
    const found = await readdir(path.join(batch, name));
    runs.set(
      name.split('-')[0] ?? '',
      found.map((one) => path.join(batch, name, one)),
    );
  }
  const [one = [], other = []] = [runs.get('one'), runs.get('other')];
  const mixed = await tokometer(['compare', '--base', one[0] ?? '', other[0] ?? '', '--candidate', ...other]);
  expect(mixed.code).toBe(2);
  expect(mixed.stderr).toMatch(/are no runs of one thing: settings itlMs 2, itlMs 40/);
  const half = await tokometer(['compare', '--base', ...one]);
  expect(half.code).toBe(2);
  expect(half.stderr).toMatch(/--base and --candidate go together/);
});
