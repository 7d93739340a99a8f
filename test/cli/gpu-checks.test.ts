import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { expect, test } from 'vitest';

import { repository } from '../support/documents.ts';

const hasGpu = spawnSync('nvidia-smi', ['-L']).status === 0;

test.skipIf(hasGpu)('the checks on a GPU say that there is none, and start nothing', () => {
  const words = [path.join(repository, 'scripts/gpu-checks.js'), '--python', 'python3'];
  const ended = spawnSync(process.execPath, words, { cwd: repository, encoding: 'utf8' });
  expect(ended.stderr).toBe('nvidia-smi does not answer: these checks need an NVIDIA GPU\n');
  expect(ended.status).toBe(2);
});
