import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseFault } from '../../../../src/engine/reference/fault.ts';
import { startReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import { readServeArgument, writeServeArgument } from '../../../../src/engine/reference/serve-argument.ts';
import { ask, at, plainOptions } from './raw-client.ts';

// Node 20 runs no TypeScript: the entry is compiled into a folder of its own.
const folder = mkdtempSync(join(tmpdir(), 'tokometer-serve-'));
const root = resolve(import.meta.dirname, '../../../..');
const entry = join(folder, 'dist/engine/reference/serve.js');

beforeAll(() => {
  const source = join(root, 'src');
  const compilerOptions = {
    rootDir: source,
    outDir: join(folder, 'dist'),
    typeRoots: [join(root, 'node_modules/@types')],
    sourceMap: false,
    declaration: false,
    declarationMap: false,
  };
  const files = [join(source, 'engine/reference/serve.ts')];
  const config = { extends: join(root, 'tsconfig.build.json'), compilerOptions, files, include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', version: '1.2.3' }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

function start(argument: string): {
  child: ChildProcessWithoutNullStreams;
  line: Promise<unknown>;
  ended: Promise<Ended>;
} {
  const child = spawn(process.execPath, [entry, argument]);
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderr += String(part);
  });
  const line = new Promise<unknown>((resolveLine) => {
    child.stdout.once('data', (part) => resolveLine(JSON.parse(String(part))));
  });
  const ended = new Promise<Ended>((resolveEnd) => {
    child.once('close', (code) => resolveEnd({ code, stderr }));
  });
  return { child, line, ended };
}

describe('the server as a process of its own', () => {
  it.each(['SIGTERM', 'SIGINT', 'the end of stdin'] as const)('listens, answers, and ends at %s', async (end) => {
    const { child, line, ended } = start(
      writeServeArgument({ ...plainOptions, timing: { ...plainOptions.timing, itlMs: 2000 } }),
    );
    const told = await line;
    const port = Number(at(told, 'port'));
    expect(told).toEqual({ url: `http://127.0.0.1:${port}`, port, pid: child.pid });
    const version = await ask(port, { method: 'GET', path: '/version' });
    expect(version.body.toString()).toBe('{"version":"1.2.3"}');
    // A stream under way must not hold it up.
    const stream = ask(port, { path: '/v1/completions', body: { prompt: [1000], max_tokens: 9, stream: true } });
    await new Promise((resolveWait) => {
      setTimeout(resolveWait, 50);
    });
    if (end === 'the end of stdin') child.stdin.end();
    else child.kill(end);
    expect(await ended).toEqual({ code: 0, stderr: '' });
    expect(await stream).toMatchObject({ complete: false });
  });

  it('says why it can not start, with the exit code of the error', async () => {
    const taken = await startReferenceServer(plainOptions);
    const { ended } = start(writeServeArgument({ ...plainOptions, port: taken.port }));
    const { code, stderr } = await ended;
    await taken.close();
    expect(code).toBe(3);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'E_PORT_IN_USE', hint: expect.stringContaining('--port') });
    expect((await start('{').ended).code).toBe(2);
  });
});

describe('the argument of the process', () => {
  it('comes back as it was', () => {
    const options = { ...plainOptions, apiKey: 'k', faults: [parseFault('html@2'), parseFault('refuse-field:n')] };
    expect(readServeArgument(writeServeArgument(options))).toEqual(options);
    const prefill = { ...plainOptions, timing: { ...plainOptions.timing, prefillTokensPerSecond: 5 } };
    expect(readServeArgument(writeServeArgument(prefill))).toEqual(prefill);
  });

  it.each([
    ['host', 1],
    ['port', 1.5],
    ['timing', null],
    ['model', undefined],
    ['strictModel', 'yes'],
    ['usage', 'always'],
    ['maxLength', -1],
    ['faults', 'html'],
    ['eventsPerWrite', '1'],
    ['apiKey', undefined],
  ])('names a wrong field: %s', (name, value) => {
    const text = JSON.stringify({ ...plainOptions, [name]: value });
    expect(() => readServeArgument(text)).toThrow(
      expect.objectContaining({ code: 'E_USAGE', message: expect.stringContaining(name) }),
    );
  });
});
