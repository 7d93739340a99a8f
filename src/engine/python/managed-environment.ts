/**
 * Python environments of our own: made from pinned requirements, listed, removed. In: which engine, for which
 * accelerator, and who listens to the progress. Out: an environment that `findPython` finds. It must not know commands
 * or terminals.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf, TokometerError } from '../../base/errors.ts';
import { packageRoot } from '../../base/package-root.ts';
import { managedEnvironments, pythonOf } from './environment-folders.ts';
import { findOnPath, findPython } from './find-python.ts';
import { runCommand } from './run-command.ts';

export type ManagedName = 'transformers' | 'vllm';
export type Accelerator = 'cpu' | 'cuda' | 'rocm';
type Environment = Readonly<Record<string, string | undefined>>;

export interface ManagedEnvironment {
  readonly name: string;
  readonly path: string;
  /** The interpreter. */
  readonly python: string;
  /** null: never finished; `create` makes it anew. */
  readonly made: { readonly accelerator: string; readonly tool: string; readonly requirements: string } | null;
}

export interface CreateInput {
  readonly name: ManagedName;
  /** The interpreter that the environment is made from; null: python3 on PATH. */
  readonly python: string | null;
  /** null: what the machine has. */
  readonly accelerator: Accelerator | null;
  readonly environment: Environment;
  /** One line of what is being done. */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

const markerName = 'tokometer.json';
const pytorchIndex = 'https://download.pytorch.org/whl';
const indexTimeoutMs = 3000;

// Packages that come along and break the engine on a CPU, or are of no use to it there.
const takenOut: Readonly<Record<ManagedName, readonly string[]>> = {
  transformers: [],
  vllm: ['torchvision', 'torchaudio', 'torchcodec', 'triton'],
};

/** Makes the environment, or finds it made from the same requirements. Throws E_MISSING_PACKAGE, E_OUTPUT. */
export async function createManagedEnvironment(input: CreateInput): Promise<ManagedEnvironment> {
  const { name, environment, progress } = input;
  const accelerator = input.accelerator ?? (await detectAccelerator(environment));
  const path = join(managedEnvironments(environment), name);
  const file = fileURLToPath(new URL(`python/requirements-${name}-${accelerator}.txt`, packageRoot));
  const requirements = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  const before = await describe(path);
  if (before.made?.requirements === requirements) {
    progress(`${path} is there already, made from the same requirements`);
    return before;
  }
  progress(`making ${path} for ${accelerator}`);
  await makeFolder(path);
  try {
    const tool = await install({ ...input, accelerator, path, file });
    await findPython({ python: pythonOf(path), needs: name, environment });
    await writeFile(join(path, markerName), `${JSON.stringify({ accelerator, tool, requirements }, null, 2)}\n`);
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    if (error instanceof TokometerError || input.signal.aborted) throw error;
    throw new TokometerError('E_MISSING_PACKAGE', `the environment ${name} could not be made: ${messageOf(error)}`, {
      hint: 'see the lines above; a Python of your own with the same packages is named with --python',
      cause: error,
    });
  }
  return describe(path);
}

/** All environments, finished or not, by name. */
export async function listManagedEnvironments(environment: Environment): Promise<ManagedEnvironment[]> {
  const root = managedEnvironments(environment);
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
  return Promise.all(folders.toSorted().map(describe));
}

/** Removes an environment. Throws E_USAGE when there is none of that name. */
export async function removeManagedEnvironment(name: string, environment: Environment): Promise<void> {
  const found = (await listManagedEnvironments(environment)).find((one) => one.name === name);
  if (found === undefined) {
    throw new TokometerError('E_USAGE', `there is no environment ${name}`, { hint: 'see tokometer env list' });
  }
  await rm(found.path, { recursive: true, force: true });
}

/** What the machine computes with, by the signs of the drivers. */
export async function detectAccelerator(environment: Environment): Promise<Accelerator> {
  const nvidia =
    (await exists('/proc/driver/nvidia/version')) || (await findOnPath('nvidia-smi', environment)) !== null;
  if (nvidia) return 'cuda';
  return (await exists('/dev/kfd')) ? 'rocm' : 'cpu';
}

interface InstallInput extends CreateInput {
  readonly accelerator: Accelerator;
  readonly path: string;
  readonly file: string;
}

/** Fills the environment; the name of the tool that did it. */
async function install(input: InstallInput): Promise<string> {
  const { environment, progress, signal, path, file, name, accelerator } = input;
  const base = input.python ?? (await findOnPath('python3', environment)) ?? (await findOnPath('python', environment));
  if (base === null) {
    throw new TokometerError('E_MISSING_PACKAGE', 'there is no python3 on PATH to make an environment from', {
      hint: 'install Python 3.10 or newer, or name one with --python',
    });
  }
  const uv = await findOnPath('uv', environment);
  const run = (command: string, ...words: string[]): Promise<void> =>
    runCommand({ command, words, environment, progress, signal });
  const python = pythonOf(path);
  const torch = accelerator === 'cpu' ? await cpuTorch(file) : null;
  if (uv !== null) {
    await run(uv, 'venv', '--python', base, path);
    const backend = torch === null ? [] : ['--torch-backend', 'cpu'];
    await run(uv, 'pip', 'install', '--python', python, ...backend, '--requirement', file);
  } else {
    await run(base, '-m', 'venv', path);
    // On Linux the default torch is the CUDA build, of several GB.
    if (torch !== null) await run(python, '-m', 'pip', 'install', '--index-url', `${pytorchIndex}/cpu`, torch);
    await run(python, '-m', 'pip', 'install', '--requirement', file);
  }
  if (accelerator === 'cpu' && takenOut[name].length > 0) {
    if (uv === null) await run(python, '-m', 'pip', 'uninstall', '--yes', ...takenOut[name]);
    else await run(uv, 'pip', 'uninstall', '--python', python, ...takenOut[name]);
  }
  return uv === null ? 'venv and pip' : 'uv';
}

/** The pinned torch, where the index of its CPU builds can be reached; else null: the usual index decides. */
async function cpuTorch(file: string): Promise<string | null> {
  const pinned = /^torch==\S+$/m.exec(await readFile(file, 'utf8'))?.[0] ?? null;
  if (pinned === null || process.platform !== 'linux') return null;
  const reached = await fetch(`${pytorchIndex}/cpu/torch/`, {
    method: 'HEAD',
    signal: AbortSignal.timeout(indexTimeoutMs),
  }).then(
    (response) => response.ok,
    () => false,
  );
  return reached ? pinned : null;
}

async function makeFolder(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new TokometerError('E_OUTPUT', `${path} can't be made: ${messageOf(error)}`, {
      hint: 'set XDG_DATA_HOME to a folder that can be written',
      cause: error,
    });
  }
}

async function describe(path: string): Promise<ManagedEnvironment> {
  const text = await readFile(join(path, markerName), 'utf8').catch(() => null);
  return { name: basename(path), path, python: pythonOf(path), made: text === null ? null : readMarker(text) };
}

function readMarker(text: string): ManagedEnvironment['made'] {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map<string, unknown>(Object.entries(value));
  const [accelerator, tool, requirements] = ['accelerator', 'tool', 'requirements'].map((name) => fields.get(name));
  if (typeof accelerator !== 'string' || typeof tool !== 'string' || typeof requirements !== 'string') return null;
  return { accelerator, tool, requirements };
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
