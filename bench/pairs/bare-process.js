// A process that answers one JSON line with one JSON line, and waits without computing in between.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts it; `ready` is its first line. Ends with its standard input, so with this process at the latest. */
export async function startBareProcess(command, words, environment = {}) {
  const child = spawn(command, words, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-2000)));
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(`it ended (${signal ?? `exit ${code}`})`));
  });
  const nextLine = async () => {
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`${words[0]}: ${await ended}: ${log.trim()}`);
    return JSON.parse(value);
  };
  const close = async () => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(timer);
  };
  try {
    const ready = await nextLine();
    const ask = (message) => {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return nextLine();
    };
    return { ready, ask, close };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
