import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../support/tokometer.ts';

test('the example of the library prints its table', async () => {
  const folder = await temporaryFolder();
  const example = path.resolve(import.meta.dirname, '../../examples/library.js');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [example], { cwd: folder.path });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/Speed Benchmark Results:[^]*│ +512 /);
  await folder.remove();
});
