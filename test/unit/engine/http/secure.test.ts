import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, send } from './engine-under-test.ts';
import { ScriptedServer, streamAnswer } from './scripted-server.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const trustedUrl = process.env['TOKOMETER_TEST_TLS_URL'];

const isChild = trustedUrl !== undefined;

describe.skipIf(!hasOpenssl || isChild)(hasOpenssl ? 'TLS' : 'TLS (skipped: no openssl here)', () => {
  let folder: string;
  let server: ScriptedServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tokometer-tls-'));
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...files,
      ...name,
    ]);
    expect(made.status).toBe(0);
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    server = new ScriptedServer({ '/v1/completions': streamAnswer }, { key: read('key.pem'), cert: read('cert.pem') });
    await server.listen();
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('refuses a certificate that nobody vouches for, and says how to trust it', async () => {
    await expect(openEngine(server.url, { testConnection: true })).rejects.toMatchObject({
      code: 'E_CONNECTION_TEST',
      message: expect.stringContaining('self-signed'),
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(server.requests).toEqual([]);
  });

  it('trusts what NODE_EXTRA_CA_CERTS names', async () => {
    // Node reads the variable once, when it starts: this file runs again in a process that has it.
    const root = fileURLToPath(new URL('../../../../', import.meta.url));
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem'), TOKOMETER_TEST_TLS_URL: server.url };
    const child = spawn(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', fileURLToPath(import.meta.url)],
      {
        cwd: root,
        env,
        stdio: 'ignore',
      },
    );
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    expect(server.bodies()).toHaveLength(4);
  });
});

// Runs in the child that the test above starts, whose environment trusts the certificate.
if (isChild) {
  describe('TLS with a trusted certificate', () => {
    it('streams over a connection that is kept', async () => {
      const engine = await openEngine(trustedUrl ?? '', { testConnection: true });
      for (let round = 0; round < 3; round++) {
        const { outcome, sink } = await send(engine);
        expect([outcome.status, sink.tokens, sink.attempts[0]?.connectNs]).toEqual(['ok', 16, null]);
      }
      await engine.close();
    });
  });
}
