// Everything that must hold besides the tests; `npm run check`. All steps run, also after one that failed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { checkPackage } from './check-package.js';

const root = join(import.meta.dirname, '..');
const maxLines = 300;

/** What a step came to. `skipped` steps have a reason in `output`; they fail nothing. */
const ok = (output = '') => ({ state: 'ok', output });
const failed = (output) => ({ state: 'failed', output });
const skipped = (output) => ({ state: 'skipped', output });

function start(command, ...commandArguments) {
  const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
  const result = spawnSync(command, commandArguments, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PATH: path, NO_COLOR: '1', FORCE_COLOR: undefined },
  });
  const output = result.error ? result.error.message : `${result.stdout}${result.stderr}`;
  return { status: result.status, stdout: result.stdout ?? '', output };
}

const command =
  (...words) =>
  () => {
    const { status, output } = start(...words);
    return status === 0 ? ok() : failed(output);
  };

/** Severe advisories on what users install fail the check; a registry that answers no audit does not. */
function auditDependencies() {
  const { stdout, output } = start('npm', 'audit', '--omit=dev', '--json');
  const report = parseReport(stdout);
  const counts = report?.metadata?.vulnerabilities;
  if (counts === undefined) {
    const reason = report?.error?.summary || report?.message || lastLine(output);
    return skipped(`the registry answers no audit: ${reason}`);
  }
  const severe = counts.high + counts.critical;
  if (severe === 0) return ok(counts.total === 0 ? '' : `${counts.total} known, none of level high or critical`);
  const names = Object.values(report.vulnerabilities)
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity, range }) => `${name} ${range}: ${severity}`);
  return failed(`${severe} of level high or critical:\n${names.join('\n')}`);
}

function parseReport(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}

/** Counts every line: lint's own rule leaves out comments and blank ones. */
function checkFileLengths() {
  const tooLong = ['src', 'web']
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, lines: readFileSync(path, 'utf8').trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${maxLines}`);
  return tooLong.length === 0 ? ok() : failed(tooLong.join('\n'));
}

function checkChangelog() {
  const path = join(root, 'CHANGELOG.md');
  if (!existsSync(path)) return failed('there is no CHANGELOG.md');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const headings = readFileSync(path, 'utf8').matchAll(/^## \[?([^\]\s]+)/gm);
  const found = [...headings].map(([, name]) => name);
  if (found.some((name) => name.toLowerCase() === 'unreleased' || name === version)) return ok();
  return failed(`CHANGELOG.md has no heading "## Unreleased" or "## ${version}"`);
}

const steps = [
  ['types', command('tsc', '--noEmit')],
  ['types: web', command('tsc', '--noEmit', '-p', 'web')],
  ['lint', command('oxlint', '-c', 'oxlint.config.js', '--type-aware', '--deny-warnings')],
  ['format', command('oxfmt', '--check', '.')],
  ['unused code', command('knip')],
  ['file length', checkFileLengths],
  ['changelog', checkChangelog],
  ['build', command('npm', 'run', '--silent', 'build')],
  ['package: publint', command('publint', '--strict')],
  ['package: types', command('attw', '--pack', '.', '--profile', 'esm-only')],
  ['package: installs', checkPackage],
  ['generated docs', command('node', 'scripts/generate-docs.js', '--check')],
  ['dependency audit', auditDependencies],
];

function runStep([name, run]) {
  const startedAt = performance.now();
  const { state, output } = run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${name.padEnd(17)} ${state.padEnd(8)} ${seconds.padStart(5)} s`);
  if (output !== '') console.log(`${output.trimEnd().replaceAll(/^/gm, '    ')}\n`);
  return { name, state };
}

const red = steps.map(runStep).filter(({ state }) => state === 'failed');
console.log(red.length === 0 ? 'check: all ok' : `check: failed: ${red.map(({ name }) => name).join(', ')}`);
process.exitCode = red.length === 0 ? 0 : 1;
