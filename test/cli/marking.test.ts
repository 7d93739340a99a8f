import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

import { expect, test } from 'vitest';

import { bin } from '../support/tokometer.ts';

// A heap that grows as the program ends: V8 looks for what lives on it.
const growth = "process.on('exit', () => { const kept = []; for (let i = 0; i < 1.5e6; i++) kept.push({ i }); });";
// How V8 tells what helpers found while the thread went on: the first as of Node 20, the second of later ones.
const foundByHelpers = /Marked [1-9]\d*KB on background threads|concurrent [1-9]\d*KB/;

function tracedMarking(program: readonly string[], cores: string): string {
  const preload = `data:text/javascript,${encodeURIComponent(growth)}`;
  const node = [process.execPath, '--trace-incremental-marking', '--import', preload, ...program];
  const { status, stdout, stderr } = spawnSync('taskset', ['-c', cores, ...node], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Start marking');
  return stdout;
}

const hasTaskset = spawnSync('taskset', ['--version']).error === undefined;
const cores = availableParallelism();

test('with few cores the heap is marked by the thread that uses it, with more by helpers too', (context) => {
  context.skip(!hasTaskset, 'there is no taskset here, which gives a program fewer cores');
  const all = `0-${cores - 1}`;
  expect(tracedMarking([bin, '--version'], '0')).not.toMatch(foundByHelpers);
  expect(foundByHelpers.test(tracedMarking([bin, '--version'], all))).toBe(cores > 2);
  expect(tracedMarking(['-e', '0'], all)).toMatch(foundByHelpers);
});
