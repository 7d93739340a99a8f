import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { temporaryFolder } from '../support/tokometer.ts';

const program = path.resolve(import.meta.dirname, '../../bench/simulate.js');

function simulate(words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

test('in simulation the intervals cover and compare says what is true', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const output = path.join(folder.path, 'one.json');
  const ended = await simulate(['--trials', '600', '--output', output]);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('| data | what | share | claimed | holds |');
});

test('the same seed gives the same numbers, another one others', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const texts: string[] = [];
  for (const [place, seed] of ['one', 'one', 'other'].entries()) {
    const output = path.join(folder.path, `${place}.json`);
    await simulate(['--trials', '20', '--seed', seed, '--output', output]);
    texts.push((await readFile(output, 'utf8')).replace(/"seed": ".*"/, ''));
  }
  expect(texts[1]).toBe(texts[0]);
  expect(texts[2]).not.toBe(texts[0]);
});

test('a claim that does not hold ends with 1', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  // One trial covers always or never: neither is between 93 and 97 in 100.
  const ended = await simulate(['--trials', '1', '--output', path.join(folder.path, 'one.json')]);
  expect(ended.code).toBe(1);
  expect(ended.stderr).toMatch(/^does not hold: normal, n = 3: interval covers the truth in (0|100)\.0 %$/m);
});
