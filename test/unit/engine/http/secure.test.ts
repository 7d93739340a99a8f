import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from './engine-under-test.ts';
import { ScriptedServer, streamAnswer } from './scripted-server.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

// A child of its own, because the extra authorities are read once, when a process starts.
const child = `
import { startRunClock } from ${JSON.stringify(new URL('../../../../src/base/clock.ts', import.meta.url).href)};
`;

describe.runIf(hasOpenssl)('TLS', () => {
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
    expect(child).toContain('clock');
  });
});
