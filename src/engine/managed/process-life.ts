// The life of a server process: started in a group of its own, awaited, watched, ended with everything it started, also
// when Tokometer itself is killed. Words of a command come in, a process that answers goes out. It must not know what
// the server is.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, systemCodeOf, TokometerError } from '../../base/errors.ts';
import { oneLine, shellWord } from '../../base/escape.ts';
import { formatDuration } from '../../base/units.ts';
import type { Tell } from '../../contract/engine.ts';
import { EngineLog, logWords } from './engine-log.ts';
import { explainDeath } from './explain-death.ts';
import { askLoopback } from './loopback.ts';
import { groupListensOn, stopGroup } from './process-group.ts';
import type { FailureHint } from './server-description.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

const stopGraceMs = 10_000;
const pollMs = 100;
const questionTimeoutMs = 2000;
const progressEveryMs = 5000;
const shownLogLines = 8;

export interface ServerStart {
  readonly name: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  /** One of them answers 200 once the server is ready. */
  readonly readinessPaths: readonly string[];
  /** The listener must belong to the process group: not so for a container. */
  readonly ownsPort: boolean;
  readonly failures: readonly FailureHint[];
  readonly noise: RegExp;
  readonly logFile: string;
  readonly startTimeoutMs: number;
  readonly tell: Tell;
  readonly signal: AbortSignal | null;
}

/** How a process ended. */
export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly afterMs: number;
}

/** Starts a server and resolves when it is ready. Throws a TokometerError, with no process left, when it does not get there. */
export async function startServer(start: ServerStart): Promise<ServerProcess> {
  start.signal?.throwIfAborted();
  const watchdog = startWatchdog(stopGraceMs);
  try {
    const server = await spawnServer(start, watchdog);
    try {
      await awaitReady(server, start);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  } catch (error) {
    await watchdog.dismiss();
    throw error;
  }
}

/** A started server. `death` is null as long as it lives. */
export class ServerProcess {
  readonly pid: number;
  readonly log: EngineLog;
  readonly startedAtMs = performance.now();
  death: Death | null = null;
  readonly #watchdog: Watchdog;
  #ending: Promise<void> | null = null;

  constructor(child: ChildProcess, pid: number, { log, watchdog }: { log: EngineLog; watchdog: Watchdog }) {
    this.pid = pid;
    this.log = log;
    this.#watchdog = watchdog;
    child.once('exit', (code, signal) => {
      this.death = { code, signal, afterMs: performance.now() - this.startedAtMs };
      // What it started may live on without it, and hold the device's memory. Whoever closes the engine hears of a failure.
      this.stop().catch(() => undefined);
    });
    child.on('error', () => undefined);
  }

  /** Ends the whole group: TERM, then KILL. Resolves when it is gone; safe to call twice. */
  stop(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    await stopGroup(this.pid, stopGraceMs);
    await this.#watchdog.dismiss();
  }
}

async function spawnServer(start: ServerStart, watchdog: Watchdog): Promise<ServerProcess> {
  const [program = '', ...rest] = start.words;
  const set = Object.entries(start.environment).map(([name, value]) => `${name}=${value}`);
  appendFileSync(start.logFile, `$ ${[...set, ...start.words].map(shellWord).join(' ')}\n`);
  const offset = statSync(start.logFile).size;
  const file = openSync(start.logFile, 'a');
  try {
    const child = spawn(program, rest, {
      detached: true,
      stdio: ['ignore', file, file],
      env: { ...process.env, ...start.environment },
    });
    const { pid } = child;
    if (pid === undefined) {
      const [error]: unknown[] = await once(child, 'error').catch((thrown: unknown) => [thrown]);
      throw notStarted(start, program, error);
    }
    watchdog.guard(pid);
    child.unref();
    return new ServerProcess(child, pid, { log: new EngineLog(start.logFile, offset), watchdog });
  } finally {
    closeSync(file);
  }
}

async function awaitReady(server: ServerProcess, start: ServerStart): Promise<void> {
  const { signal, startTimeoutMs, port } = start;
  const progress = new StartProgress(start);
  for (let turn = 0; ; turn++) {
    signal?.throwIfAborted();
    if (server.death !== null) throw endedEarly(server, start, server.death);
    if (performance.now() - server.startedAtMs > startTimeoutMs) throw tooSlow(server, start);
    const path = start.readinessPaths[turn % start.readinessPaths.length] ?? '/';
    // oxlint-disable-next-line no-await-in-loop -- polling
    const { status } = await askLoopback(port, path, questionTimeoutMs);
    // A server that could not listen may not have ended yet while another one answers.
    if (status === 200 && server.death === null) {
      if (!start.ownsPort || groupListensOn(server.pid, port) !== false) break;
      throw portTaken(port, start.name);
    }
    progress.tellOf(server.log.readNew());
    // oxlint-disable-next-line no-await-in-loop -- polling
    await sleep(pollMs);
  }
  server.log.readNew();
}

/** Tells the last meaningful line of the log, every few seconds at most. */
class StartProgress {
  readonly #start: ServerStart;
  #toldAtMs = performance.now();
  #told = '';
  #last = '';

  constructor(start: ServerStart) {
    this.#start = start;
  }

  tellOf(lines: readonly string[]): void {
    const { name, noise, tell } = this.#start;
    for (const line of lines) {
      const words = logWords(line);
      if (words !== '' && !noise.test(line) && !noise.test(words)) this.#last = oneLine(words, 120);
    }
    if (this.#last === this.#told || performance.now() - this.#toldAtMs < progressEveryMs) return;
    this.#toldAtMs = performance.now();
    this.#told = this.#last;
    tell.note(`${name}: ${this.#last}`);
  }
}

/** What a death looks like to a person: `exit 1`, `killed by SIGKILL`. */
export function deathWords({ code, signal }: Death): string {
  return signal === null ? `exit ${code ?? 'unknown'}` : `killed by ${signal}`;
}

/** The port is another program's. */
export function portTaken(port: number, name: string): TokometerError {
  return new TokometerError('E_PORT_IN_USE', `port ${port} is taken by another program; ${name} can't listen there`, {
    hint: 'leave --port out of --engine-args, and a free one is chosen; or end the other program',
  });
}

function endedEarly(server: ServerProcess, start: ServerStart, death: Death): TokometerError {
  server.log.readNew();
  const { quote, hint, code } = explainDeath(server.log.tail(Infinity), start.failures, death.signal);
  const said = quote === null ? 'and said nothing' : `"${quote}"`;
  const message = `${start.name} stopped ${formatDuration(death.afterMs)} after its start (${deathWords(death)}): ${said}`;
  return new TokometerError(code, message, { hint: withLog(hint, server) });
}

function tooSlow(server: ServerProcess, start: ServerStart): TokometerError {
  server.log.readNew();
  const message = `${start.name} was not ready within ${formatDuration(start.startTimeoutMs)}`;
  const hint = 'A large model takes its time: allow more with --start-timeout.';
  return new TokometerError('E_ENGINE_START', message, { hint: withLog(hint, server) });
}

/** The hint, and where the log lies, with its last lines. */
export function withLog(hint: string, { log }: { readonly log: EngineLog }): string {
  const lines = log.tail(shownLogLines).map((line) => `  ${oneLine(line, 200)}`);
  return [hint, `The log is ${log.path}, its last lines:`, ...lines].join('\n');
}

function notStarted(start: ServerStart, program: string, cause: unknown): TokometerError {
  const missing = systemCodeOf(cause) === 'ENOENT';
  return new TokometerError(
    missing ? 'E_MISSING_PACKAGE' : 'E_ENGINE_START',
    missing ? `there is no program ${program}` : `${program} can't be started: ${messageOf(cause)}`,
    { hint: `check the path, or that ${start.name} is installed`, cause },
  );
}
