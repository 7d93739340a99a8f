// A copy of the house in a temporary folder: the real lint configuration over planted files, never the working tree.
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Root of the repository. */
export const root = join(import.meta.dirname, '../../..');

/** What house.config.js exports: room to open rooms, module pattern to rooms, rooms that may fetch. */
export interface House {
  readonly mayImport: Readonly<Record<string, readonly string[]>>;
  readonly mayTouch: Readonly<Record<string, readonly string[]>>;
  readonly mayFetch: readonly string[];
}

/** One thing that lint said. `help` is the rule's hint, where the walls name their open doors. */
export interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly help: string;
}

interface LintReport {
  readonly diagnostics: readonly { filename: string; code: string; help?: string }[];
}

/** Reads the table that the linter reads. Plain JavaScript: the linter runs on Node versions that load nothing else. */
export async function readHouse(): Promise<House> {
  // A wall: the module has no types of its own.
  const house: House = await import(pathToFileURL(join(root, 'house.config.js')).href);
  return house;
}

/** Writes the planted files, lints them as `npm run check` does, removes everything, and returns what was said. */
export async function lintPlanted(files: ReadonlyMap<string, string>): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tokometer-house-'));
  try {
    for (const name of ['oxlint.config.js', 'house.config.js', 'tsconfig.json', 'package.json']) {
      await copyFile(join(root, name), join(folder, name));
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    for (const [path, text] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return lint(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function lint(folder: string): Finding[] {
  const oxlint = join(root, 'node_modules/.bin/oxlint');
  const options = ['-c', 'oxlint.config.js', '--type-aware', '--deny-warnings', '--format', 'json', 'src'];
  const result = spawnSync(oxlint, options, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (!result.stdout.startsWith('{')) throw new Error(`oxlint said: ${result.stdout}${result.stderr}`);
  // A wall: another program's output, checked by the tests that read it.
  const report: LintReport = JSON.parse(result.stdout);
  return report.diagnostics.map(({ filename, code, help }) => ({ file: filename, rule: code, help: help ?? '' }));
}
