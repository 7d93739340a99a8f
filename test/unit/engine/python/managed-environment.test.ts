import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createManagedEnvironment,
  detectAccelerator,
  listManagedEnvironments,
  removeManagedEnvironment,
  type CreateInput,
} from '../../../../src/engine/python/managed-environment.ts';
import { findPython } from '../../../../src/engine/python/find-python.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokometer-env-'));
  await mkdir(join(folder, 'bin'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const home = (): Record<string, string> => ({ HOME: folder, PATH: `${join(folder, 'bin')}:/usr/bin:/bin` });
const answer = (packages: object): string => `tokometer:${JSON.stringify({ python: [3, 11], packages })}`;

/** A uv that makes an interpreter with the given packages when it installs; what it was asked is in `asked`. */
async function uv(packages: object, install = 'exit 0'): Promise<void> {
  const python = `#!/bin/sh\\necho '${answer(packages)}'\\n`;
  const script = `#!/bin/sh
echo "$@" >> ${join(folder, 'asked')}
case "$1 $2" in
  "venv --python") mkdir -p "$4/bin"; printf "${python.replaceAll('"', '\\"')}" > "$4/bin/python"; chmod +x "$4/bin/python";;
  "pip install") echo "Resolved 3 packages"; ${install};;
esac
`;
  await writeFile(join(folder, 'bin/uv'), script);
  await chmod(join(folder, 'bin/uv'), 0o755);
}

function create(changes: Partial<CreateInput> = {}): ReturnType<typeof createManagedEnvironment> {
  return createManagedEnvironment({
    name: 'transformers',
    python: '/usr/bin/python3',
    accelerator: 'cuda',
    environment: home(),
    progress: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  });
}

const whole = { torch: '2.13.0', transformers: '5.23.0' };

describe('a managed environment', () => {
  test('is made with progress, found, listed, not made twice, and removed', async () => {
    await uv(whole);
    const lines: string[] = [];
    const made = await create({ progress: (line) => void lines.push(line) });
    expect(made).toMatchObject({ name: 'transformers', made: { accelerator: 'cuda', tool: 'uv' } });
    expect(lines).toContain('Resolved 3 packages');
    expect(await findPython({ python: null, needs: 'transformers', environment: home() })).toMatchObject({
      path: made.python,
      source: 'managed environment',
    });
    expect(await listManagedEnvironments(home())).toEqual([made]);

    const again: string[] = [];
    expect(await create({ progress: (line) => void again.push(line) })).toEqual(made);
    expect(again).toEqual([`${made.path} is there already, made from the same requirements`]);

    await removeManagedEnvironment('transformers', home());
    expect(await listManagedEnvironments(home())).toEqual([]);
    await expect(removeManagedEnvironment('transformers', home())).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('names no folder but its own when it is removed', async () => {
    await expect(removeManagedEnvironment('..', home())).rejects.toMatchObject({ code: 'E_USAGE' });
    expect(await readdir(folder)).toContain('bin');
  });

  test('that can not be filled leaves nothing, and says the last lines', async () => {
    await uv(whole, 'echo "no such version" >&2; exit 1');
    await expect(create()).rejects.toMatchObject({
      code: 'E_MISSING_PACKAGE',
      message: expect.stringMatching(/pip install[^]*exit code 1:[^]*no such version/),
    });
    expect(await listManagedEnvironments(home())).toEqual([]);
  });

  test('that lacks a package after all is no environment', async () => {
    await uv({ torch: '2.13.0', transformers: null });
    await expect(create()).rejects.toMatchObject({ message: expect.stringContaining('has no transformers') });
    expect(await listManagedEnvironments(home())).toEqual([]);
  });

  test('that was never finished is told, and made anew', async () => {
    await mkdir(join(folder, '.local/share/tokometer/env/transformers'), { recursive: true });
    expect(await listManagedEnvironments(home())).toMatchObject([{ name: 'transformers', made: null }]);
    await uv(whole);
    expect((await create()).made).not.toBeNull();
  });

  test('stops when it is told to', async () => {
    await uv(whole, 'exec sleep 30');
    const stop = new AbortController();
    const creating = create({
      signal: stop.signal,
      progress: (line) => {
        if (line.startsWith('Resolved')) stop.abort();
      },
    });
    await expect(creating).rejects.toMatchObject({ name: 'AbortError' });
    expect(await listManagedEnvironments(home())).toEqual([]);
  });
});

test('nvidia-smi on PATH means CUDA', async () => {
  await writeFile(join(folder, 'bin/nvidia-smi'), '#!/bin/sh\n', { mode: 0o755 });
  expect(await detectAccelerator({ PATH: join(folder, 'bin') })).toBe('cuda');
});
