import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fitFlags, installedFlags } from '../../../../src/engine/managed/installed-flags.ts';

const rules = {
  parts: { names: ['--tensor-parallel-size', '--tp-size'], without: 'it uses one device' },
  ui: { names: ['--no-ui', '--no-webui'], without: 'it also serves its page' },
};
const uses = [
  { flag: 'parts', values: ['2'] },
  { flag: 'ui', values: [] },
];

test('a flag is called as the installed version calls it', () => {
  const fitted = fitFlags(uses, rules, new Set(['--tp-size', '--no-ui', '--no-webui']));
  expect(fitted).toEqual({ words: ['--tp-size', '2', '--no-ui'], missing: [] });
});

test('a flag that the installed version lacks is left out and named', () => {
  const fitted = fitFlags(uses, rules, new Set(['--no-webui']));
  expect(fitted.words).toEqual(['--no-webui']);
  expect(fitted.missing).toEqual([
    'The installed version has no --tensor-parallel-size or --tp-size: it uses one device.',
  ]);
});

test('without a list of flags the newest names are used', () => {
  expect(fitFlags(uses, rules, null).words).toEqual(['--tensor-parallel-size', '2', '--no-ui']);
});

/** A program that counts its calls in a file. */
function program(help: string): { words: string[]; calls: () => number } {
  const folder = mkdtempSync(join(tmpdir(), 'tokometer-flags-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'server');
  writeFileSync(path, `#!/bin/sh\necho call >> ${join(folder, 'calls')}\ncat <<'END'\n${help}\nEND\n`);
  chmodSync(path, 0o755);
  return { words: [path], calls: () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n').length };
}

test('--help is asked for once, also by two at a time', async () => {
  const help = 'usage: x [--a A] [--b | --no-b]\n  -c, --ctx-size N  size\n --d_e\n --f';
  const { words, calls } = program(help);
  const found = { words, version: '1', onCpu: true };
  const [first, second] = await Promise.all([installedFlags(found), installedFlags(found)]);
  expect([...(first ?? [])].toSorted()).toEqual(['--a', '--b', '--ctx-size', '--d_e', '--f', '--no-b']);
  expect(second).toEqual(first);
  await installedFlags(found);
  expect(calls()).toBe(1);
});

test('what prints no flags is no list of flags, and is asked again', async () => {
  const { words, calls } = program('no such option');
  const found = { words, version: null, onCpu: true };
  expect(await installedFlags(found)).toBeNull();
  expect(await installedFlags(found)).toBeNull();
  expect(calls()).toBe(2);
});
