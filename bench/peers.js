// Sets up the load generators that Tokometer is compared with, each in an environment of its own below .cache/peers.
//
//   node bench/peers.js [--only evalscope,guidellm,...] [--again]
//
// Versions are pinned. One that can't be installed here is named with its reason; the benchmark runs without it. Tools that depend on
// torch take the CPU build where pip finds one (PIP_FIND_LINKS or an index that has it), else the one of the package index.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { peers, peersFolder, tokenizerFolder } from './contestants/peers-folder.js';
import { writeTokenizer } from './contestants/peer-tokenizer.js';

const { values } = parseArgs({ options: { only: { type: 'string' }, again: { type: 'boolean', default: false } } });
const only = values.only?.split(',') ?? peers.map(({ name }) => name);

mkdirSync(peersFolder, { recursive: true });
writeTokenizer(tokenizerFolder);
for (const peer of peers.filter(({ name }) => only.includes(name))) {
  const begunMs = performance.now();
  const reason = setUp(peer);
  const seconds = Math.round((performance.now() - begunMs) / 1000);
  console.log(
    `${peer.name}: ${reason === null ? `ready (${peer.packages.join(' ')}, ${seconds} s)` : `not installed: ${reason}`}`,
  );
}

/** null, or why not. */
function setUp({ name, packages, pythons, program }) {
  const folder = path.join(peersFolder, name);
  const mark = path.join(folder, 'packages.txt');
  if (values.again) rmSync(folder, { recursive: true, force: true });
  if (existsSync(mark) && existsSync(path.join(folder, 'bin', program))) return null;
  const python = pythons.map(findPython).find((found) => found !== null);
  if (python === undefined) return `needs ${pythons.join(' or ')}`;
  rmSync(folder, { recursive: true, force: true });
  const made = run(python, ['-m', 'venv', folder]);
  if (made !== null) return made;
  const words = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--disable-pip-version-check', ...packages];
  const failed = run(path.join(folder, 'bin', 'python'), words);
  if (failed !== null) {
    rmSync(folder, { recursive: true, force: true });
    return failed;
  }
  writeFileSync(mark, `${packages.join('\n')}\n`);
  return null;
}

/** The path of an interpreter: on the search path, or among those that pyenv keeps. */
function findPython(name) {
  const kept = path.join(process.env.PYENV_ROOT ?? path.join(os.homedir(), '.pyenv'), 'versions');
  const version = name.replace('python', '');
  const versions = existsSync(kept) ? readdirSync(kept).filter((one) => one.startsWith(`${version}.`)) : [];
  for (const program of [name, ...versions.map((one) => path.join(kept, one, 'bin', 'python'))]) {
    const found = spawnSync(program, ['-c', 'import sys, venv; print(sys.executable)'], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  return null;
}

function run(command, words) {
  const { status, stderr, stdout } = spawnSync(command, words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status === 0) return null;
  const lines = `${stdout}\n${stderr}`.trim().split('\n');
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? `exit ${status}`).slice(0, 300);
}
