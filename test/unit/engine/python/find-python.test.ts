import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TokometerError } from '../../../../src/base/errors.ts';
import { findPython, type FindPythonInput } from '../../../../src/engine/python/find-python.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokometer-python-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program that answers the way Python would with these packages. */
async function python(path: string, packages: Record<string, string | null>, version = [3, 11, 9]): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(
    file,
    `#!/bin/sh\necho 'a line of its own'\necho 'tokometer:${JSON.stringify({ python: version, packages })}'\n`,
  );
  await chmod(file, 0o755);
  return file;
}

const whole = { torch: '2.13.0+cpu', transformers: '5.23.0', accelerate: null };

function find(input: Partial<FindPythonInput>): ReturnType<typeof findPython> {
  const environment = { HOME: folder, PATH: join(folder, 'path'), ...input.environment };
  return findPython({ python: null, needs: 'transformers', ...input, environment });
}

async function failure(input: Partial<FindPythonInput>): Promise<TokometerError> {
  const error: unknown = await find(input).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof TokometerError) return error;
  throw new Error('a Python was found');
}

describe('the order of the search', () => {
  test('--python, an active environment, a managed one, PATH', async () => {
    const given = await python('given', whole);
    const active = await python('venv/bin/python', whole);
    const conda = await python('conda/bin/python', whole);
    const managed = await python('.local/share/tokometer/env/transformers/bin/python', whole);
    const onPath = await python('path/python3', whole);
    const environment = { VIRTUAL_ENV: join(folder, 'venv'), CONDA_PREFIX: join(folder, 'conda') };
    expect(await find({ python: given, environment })).toEqual({
      path: given,
      source: '--python',
      version: '3.11.9',
      packages: whole,
    });
    expect(await find({ environment })).toMatchObject({ path: active, source: 'active, VIRTUAL_ENV' });
    expect(await find({ environment: { CONDA_PREFIX: environment.CONDA_PREFIX } })).toMatchObject({ path: conda });
    expect(await find({})).toMatchObject({ path: managed, source: 'managed environment' });
    await rm(join(folder, '.local'), { recursive: true });
    expect(await find({})).toMatchObject({ path: onPath, source: 'PATH' });
  });

  test('XDG_DATA_HOME moves the managed ones', async () => {
    const managed = await python('data/tokometer/env/vllm/bin/python', { vllm: '0.32.0' });
    expect(await find({ needs: 'vllm', environment: { XDG_DATA_HOME: join(folder, 'data') } })).toMatchObject({
      path: managed,
    });
  });

  test('an environment that lacks something is passed by', async () => {
    await python('venv/bin/python', { torch: '2.13.0', transformers: null });
    const onPath = await python('path/python3', whole);
    expect(await find({ environment: { VIRTUAL_ENV: join(folder, 'venv') } })).toMatchObject({ path: onPath });
  });
});

describe('nothing that does', () => {
  test('a package that is missing or too old is named, with the command that mends it', async () => {
    const old = await python('path/python3', { torch: '1.13.1', transformers: null });
    const error = await failure({});
    expect(error.code).toBe('E_MISSING_PACKAGE');
    expect(error.message).toContain(
      `${old} (PATH) has torch 1.13.1, and 2.5 is the oldest that does and has no transformers`,
    );
    expect(error.hint).toContain('tokometer env create transformers');
  });

  test('--python is taken at its word: nothing else is tried', async () => {
    await python('path/python3', whole);
    const given = await python('given', {});
    expect((await failure({ python: given })).message).toContain(`${given} (--python) has no torch`);
  });

  test('no Python, an old one, and a program that is none', async () => {
    expect((await failure({})).message).toContain('there is no Python here');
    expect((await failure({ python: '/nonexistent/python' })).message).toMatch(/does not exist/);
    const old = await python('old', whole, [3, 8]);
    expect((await failure({ python: old })).message).toContain('is Python 3.8, and 3.9 is the oldest');
    expect((await failure({ python: '/bin/true' })).message).toContain(
      'is no Python: it did not answer as Python does',
    );
    expect((await failure({ python: '/bin/ls' })).message).not.toContain('import json');
    expect((await failure({ python: '/nonexistent/python' })).message).toContain('does not exist');
    expect((await failure({ python: '/tmp' })).message).toContain('is no program that may be run');
  });
});
