// The reference server as a process of its own: comes in one JSON argument with all options, goes out one JSON line on
// stdout, {url, port, pid}, when it listens. Ends at SIGTERM, SIGINT or the end of stdin, so that it never outlives the
// process that holds the other end of its stdin pipe. When it can't start: one JSON line on stderr, {code, message,
// hint}, and that error's exit code.
import { exitCodes, messageOf, TokometerError } from '../../base/errors.ts';
import { startReferenceServer } from './reference-server.ts';
import { readServeArgument } from './serve-argument.ts';

try {
  const server = await startReferenceServer(readServeArgument(process.argv[2]));
  const stop = (): void => {
    process.stdin.destroy();
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    void server.close();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdin.once('end', stop);
  process.stdin.once('error', stop);
  process.stdin.resume();
  process.stdout.write(`${JSON.stringify({ url: server.url, port: server.port, pid: process.pid })}\n`);
} catch (error) {
  const known = error instanceof TokometerError ? error : null;
  const report = { code: known?.code ?? null, message: messageOf(error), hint: known?.hint ?? null };
  process.stderr.write(`${JSON.stringify(report)}\n`);
  process.exitCode = known?.exitCode ?? exitCodes.bug;
}
