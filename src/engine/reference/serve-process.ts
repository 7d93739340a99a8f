// The reference server in a process of its own, so that client and server share no thread. Options come in, a server that
// answers goes out. It ends with this process, however that ends: this one holds the other end of its stdin.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf, TokometerError } from '../../base/errors.ts';
import { oneLine } from '../../base/escape.ts';
import { packageRoot } from '../../base/package-root.ts';
import { writeServeArgument } from './serve-argument.ts';
import type { ReferenceServerOptions } from './server-options.ts';
import type { RequestStamps } from './stamp-book.ts';

export interface ReferenceProcess {
  /** `http://HOST:PORT`, without a path. */
  readonly url: string;
  /** Its own stamps, oldest request first. */
  stamps(): Promise<readonly RequestStamps[]>;
  stop(): Promise<void>;
}

// A module of its own also where the program is bundled; Node 20 runs no TypeScript, so that it is the built one for the sources too.
const entry = fileURLToPath(new URL('dist/engine/reference/serve.js', packageRoot));
const startLimitMs = 20_000;

/** Starts it. Throws E_ENGINE_START when it does not get there. */
export async function startReferenceProcess(options: ReferenceServerOptions): Promise<ReferenceProcess> {
  const child = spawn(process.execPath, [entry, writeServeArgument(options)]);
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
  };
  const timer = setTimeout(() => child.kill('SIGKILL'), startLimitMs);
  try {
    const url = await addressOf(child);
    return { url, stamps: () => stampsOf(url), stop };
  } finally {
    clearTimeout(timer);
  }
}

// One line of JSON on stdout once it listens; when it can't, it ends with its reason on stderr.
function addressOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  let words = '';
  let line = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  // A server that is gone shows in what it answers.
  child.stdin.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      const message = `the reference server did not start: ${oneLine(why === '' ? 'it said nothing' : why)}`;
      reject(
        new TokometerError('E_ENGINE_START', message, { hint: 'tokometer reference --port 0 shows whether it can' }),
      );
    };
    child.once('error', (error) => fail(messageOf(error)));
    child.once('close', () => fail(words));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      line += text;
      if (!line.includes('\n')) return;
      const told: { url: string } = JSON.parse(line);
      resolve(told.url);
    });
  });
}

async function stampsOf(url: string): Promise<readonly RequestStamps[]> {
  const told: RequestStamps[] = JSON.parse(await (await fetch(`${url}/reference/stamps`)).text());
  return told;
}
