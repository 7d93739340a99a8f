import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

const compiler = process.env['CC'] ?? 'gcc';
const sources = path.join(import.meta.dirname, '..', '..', 'bench', 'truth');

/** The C programs of bench/ are for Linux; without a compiler their tests are skipped, with the reason. */
export const canBuild = process.platform === 'linux' && spawnSync(compiler, ['--version']).status === 0;
if (!canBuild) process.stderr.write('test/bench: skipped: it needs Linux and gcc\n');

/** Compiles one of them, with warnings as errors, and returns its path. */
export function buildProgram(folder: string, name: string): string {
  const program = path.join(folder, name);
  const flags = ['-O1', '-std=gnu11', '-Wall', '-Wextra', '-Werror', '-Wno-unused-function'];
  execFileSync(compiler, [...flags, '-o', program, path.join(sources, `${name}.c`), '-lm']);
  return program;
}
