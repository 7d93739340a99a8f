// What users install: packs the package, installs it into an empty folder, and runs it there without the optional engine.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const maxBytes = 30e6;

function run(folder, command, ...words) {
  const result = spawnSync(command, words, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { status: result.status, text: `${result.stdout}${result.stderr}`.trim() };
}

/** The state of the check, with what was found. */
export function checkPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'tokometer-package-'));
  try {
    const packed = run(root, 'npm', 'pack', '--silent', '--pack-destination', folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    if (packed.status !== 0 || tarball === undefined) return { state: 'failed', output: packed.text };
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const started = performance.now();
    const installed = run(folder, 'npm', 'install', '--no-audit', '--no-fund', '--silent', `./${tarball}`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (installed.status !== 0) {
      const isOffline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED/.test(installed.text);
      return { state: isOffline ? 'skipped' : 'failed', output: `npm install: ${installed.text}` };
    }
    const bytes = folderBytes(join(folder, 'node_modules'));
    if (bytes > maxBytes) return { state: 'failed', output: `installed size is ${bytes} bytes, at most ${maxBytes}` };
    const told = run(folder, 'npx', 'tokometer', 'perf', '--api', 'reference', '--max-tokens', '4', '--itl-ms', '1');
    if (told.status !== 0) return { state: 'failed', output: `npx tokometer perf: ${told.text}` };
    const dummy = ['--api', 'local_llama', '--model', 'Qwen/Qwen2.5-0.5B-Instruct', '--load-format', 'dummy'];
    const missing = run(folder, 'npx', 'tokometer', 'perf', ...dummy);
    if (missing.status !== 3 || !/E_MISSING_PACKAGE[^]*npm install/.test(missing.text)) {
      return { state: 'failed', output: `without the engine's package: exit ${missing.status}, ${missing.text}` };
    }
    return { state: 'ok', output: `installed in ${seconds} s, ${(bytes / 1e6).toFixed(1)} MB` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function folderBytes(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
