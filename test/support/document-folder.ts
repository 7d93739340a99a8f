// The place where the commands of a page are run: a folder as a clone's, with `tokometer` and `npx tokometer` on the PATH.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { repository } from './documents.ts';
import { bin, temporaryFolder } from './tokometer.ts';

/** What a clone has, and commands of pages name. */
const ofTheClone = ['action.yml', 'examples', 'scripts'];

export interface ShellEnded {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DocumentFolder {
  readonly path: string;
  /** Runs a line with bash until it ends. */
  run(line: string): Promise<ShellEnded>;
  /** Starts a line that goes on until the folder is removed; resolves when `ready` was printed on stderr. */
  serve(line: string, ready: RegExp): Promise<void>;
  /** Copies a file or folder to a place inside. */
  put(source: string, place: string): Promise<void>;
  remove(): Promise<void>;
}

/** `moreProgram` is the path of a program that is found by its name, too. */
export async function makeDocumentFolder(moreProgram?: string): Promise<DocumentFolder> {
  const folder = await temporaryFolder();
  const programs = path.join(folder.path, '.bin');
  const work = path.join(folder.path, 'tokometer');
  await mkdir(programs);
  await mkdir(work);
  const program = `exec "${process.execPath}" "${bin}" "$@"`;
  await writeProgram(path.join(programs, 'tokometer'), program);
  // Of npx only this: it must not fetch anything.
  await writeProgram(path.join(programs, 'npx'), `[ "$1" = tokometer ] || exit 127\nshift\n${program}`);
  for (const name of ofTheClone) {
    // oxlint-disable-next-line no-await-in-loop -- three links
    await symlink(path.join(repository, name), path.join(work, name));
  }
  const found = moreProgram === undefined ? [programs] : [programs, path.dirname(moreProgram)];
  const servers: ChildProcess[] = [];
  const start = (line: string): ChildProcess =>
    spawn('bash', ['-c', line], {
      cwd: work,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: [...found, process.env['PATH']].join(path.delimiter),
        HOME: folder.path,
        NO_COLOR: '1',
      },
    });

  return {
    path: work,
    run: (line) => untilItEnds(start(line)),
    serve: async (line, ready) => {
      const child = start(`exec ${line}`);
      servers.push(child);
      await untilPrinted(child, ready);
    },
    put: async (source, place) => {
      await mkdir(path.dirname(path.join(work, place)), { recursive: true });
      await cp(source, path.join(work, place), { recursive: true });
    },
    remove: async () => {
      await Promise.all(servers.map(stop));
      await folder.remove();
    },
  };
}

async function writeProgram(file: string, script: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

async function untilItEnds(child: ChildProcess): Promise<ShellEnded> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

function untilPrinted(child: ChildProcess, ready: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (ready.test(printed)) resolve();
    });
    child.once('close', () => reject(new Error(`it ended before it was ready: ${printed}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'close');
}
