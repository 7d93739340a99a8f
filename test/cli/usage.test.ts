import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { bin, onlyRun, temporaryFolder, tokometer } from '../support/tokometer.ts';

test('without arguments it says what it is', async () => {
  const ended = await tokometer([]);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/Commands:\n {2}perf/);
});

test.each(['perf', 'report', 'published', 'reference'])(
  'tokometer %s --help shows options and examples on stdout',
  async (name) => {
    const ended = await tokometer([name, '--help']);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toContain(`Usage: tokometer ${name}`);
    expect(ended.stdout).toContain('Examples:');
  },
);

test('--print-plan prints the whole plan without running, its secrets masked', async () => {
  const ended = await tokometer(['perf', '--model', 'q', '--api-key', 'sk-secret', '--print-plan']);
  expect(ended.code).toBe(0);
  expect(ended.stdout).not.toContain('sk-secret');
  expect(JSON.parse(ended.stdout)).toMatchObject({
    v: 1,
    model: 'q',
    traffic: { repetitions: 3, warmups: 1, untilSteady: false },
  });
});

test.each([
  [['prf'], /E_USAGE "prf" is not a command.*\n.*did you mean tokometer perf/],
  [['perf'], /--model is missing/],
  [['perf', '--model', 'q', '--max-tokns', '3'], /--max-tokns is not known\n.*did you mean --max-tokens/],
  [['perf', '--model', 'q', '--sla-auto-tune'], /--sla-auto-tune is a flag of EvalScope/],
  [['perf', '--model', 'q', '--rate', '3', '--open-loop'], /--rate 3: a speed dataset/],
  [['perf', '--model', 'q', '--max-tokens'], /option '--max-tokens <integer>' argument missing/],
  [['perf', '--model', '--url', 'http://h'], /--model needs a value, but the next word is the flag --url/],
  [['perf', '--model', 'q', 'stray'], /"stray" belongs to no option/],
  [['report'], /takes one run directory/],
  [['report', '/nonexistent'], /E_RUN_DIRECTORY/],
  [['reference', '--fault', 'nonsense'], /nonsense/],
])('%j is a usage error with exit 2', async (argv, message) => {
  const ended = await tokometer(argv);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(message);
  expect(ended.stdout).toBe('');
});

test('an output folder that cannot be written is told before anything is measured', async () => {
  const folder = await temporaryFolder();
  const ended = await tokometer(['perf', '--api', 'reference', '--outputs-dir', '/proc/nowhere']);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toMatch(/E_OUTPUT.*\/proc\/nowhere/);
  expect(await readdir(folder.path)).toEqual([]);
  await folder.remove();
});

test('a reader that closes the pipe ends no measurement', async () => {
  const folder = await temporaryFolder();
  try {
    const words = 'perf --api reference --model q --prompt-lengths 1 --max-tokens 8 --outputs-dir'.split(' ');
    const child = spawn(process.execPath, [bin, ...words, folder.path], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    child.stderr.destroy();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(await readdir(await onlyRun(folder.path))).toContain('summary.json');
  } finally {
    await folder.remove();
  }
});
