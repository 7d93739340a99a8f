import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { onTestFinished, vi } from 'vitest';

import { temporaryFolder } from '../../../support/tokometer.ts';

/** A recorded output; test/fixtures/gpu/README.md says where from. */
export const recorded = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../../fixtures/gpu', name), 'utf8');

/** The rows of a recorded table, as `noheader` gives them, reduced to some of its columns. */
export function columns(name: string, wanted: readonly string[]): string {
  const [header = '', ...rows] = recorded(name).trim().split('\n');
  const names = header.split(', ').map((column) => column.replace(/ \[.*\]$/, ''));
  const places = wanted.map((column) => names.indexOf(column));
  return rows.map((row) => places.map((place) => row.split(', ')[place] ?? '[N/A]').join(', ')).join('\n');
}

/** Puts a program of this name, with this text of sh, in front of the search path. */
export async function withProgram(name: string, script: string): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  vi.stubEnv('PATH', `${folder.path}:${process.env['PATH'] ?? ''}`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  return folder.path;
}
