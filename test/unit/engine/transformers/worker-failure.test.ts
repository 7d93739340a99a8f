import { expect, test } from 'vitest';
import type { WorkerError } from '../../../../src/engine/transformers/messages.ts';
import { startFailure } from '../../../../src/engine/transformers/worker-failure.ts';
import { planWith } from './real-python.ts';

const lacks = (packages: readonly string[], hasPip: boolean, python: string): string | null => {
  const error: WorkerError = { kind: 'missing-package', message: 'gptq 4 bit', packages: [...packages], hasPip };
  const failure = startFailure({ error, plan: planWith(python), model: 'Some/Model', python });
  expect([failure.code, failure.exitCode]).toEqual(['E_MISSING_PACKAGE', 3]);
  return failure.hint;
};

test.each([
  [['gptqmodel', 'optimum'], true, '/env/bin/python', '/env/bin/python -m pip install --upgrade gptqmodel optimum'],
  [['gptqmodel'], false, '/env/bin/python', 'uv pip install --python /env/bin/python --upgrade gptqmodel'],
  [['aqlm[gpu,cpu]'], true, '/env/bin/python', "/env/bin/python -m pip install --upgrade 'aqlm[gpu,cpu]'"],
  [['kernels>=0.18'], true, '/my env/python', "'/my env/python' -m pip install --upgrade 'kernels>=0.18'"],
  [['torch'], true, '/env/bin/python', 'tokometer env create transformers'],
  [[], true, '/env/bin/python', 'tokometer env create transformers'],
])('%j, pip %s, %s: a line that a shell takes as it is', (packages, hasPip, python, hint) => {
  expect(lacks(packages, hasPip, python)).toBe(hint);
});

test('a kernel that is missing has a way around it', () => {
  expect(lacks(['flash-attn'], true, 'python3')).toBe(
    'python3 -m pip install --upgrade flash-attn   (or choose --attn-implementation sdpa)',
  );
});
