import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const sources = path.join(import.meta.dirname, '..', 'truth');
const built = path.join(import.meta.dirname, '..', '..', '.cache', 'bench');
const names = ['truth_server', 'epoll_client', 'measure_process'];

/** The C programs as `{tools: {server, client, measure}, reason: null}`, or `{tools: null, reason}` where they can't be built. */
export function buildTools() {
  if (process.platform !== 'linux') return { tools: null, reason: 'the C programs need Linux (epoll, /proc)' };
  const compiler = process.env.CC ?? 'gcc';
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  if (version.status !== 0) return { tools: null, reason: `there is no ${compiler} here` };
  mkdirSync(built, { recursive: true });
  for (const name of names) {
    const reason = build(compiler, name);
    if (reason !== null) return { tools: null, reason };
  }
  const [server, client, measure] = names.map((name) => path.join(built, name));
  return { tools: { server, client, measure, compiler: version.stdout.split('\n')[0] }, reason: null };
}

function build(compiler, name) {
  const source = path.join(sources, `${name}.c`);
  const target = path.join(built, name);
  const newest = Math.max(...[source, ...headers()].map((file) => statSync(file).mtimeMs));
  if (newest < (statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0)) return null;
  const flags = ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-Wno-unused-function', '-o', target, source, '-lm'];
  const { status, stderr } = spawnSync(compiler, flags, { encoding: 'utf8' });
  return status === 0 ? null : `${compiler} failed on ${name}.c: ${stderr.trim()}`;
}

function headers() {
  return readdirSync(sources)
    .filter((name) => name.endsWith('.h'))
    .map((name) => path.join(sources, name));
}
