// Sets up the real engines (llama-server, Transformers, vLLM on the CPU) in .cache/ and runs the tests that need them.
//   npm run test:engines -- [--only llama,transformers,vllm] [vitest options]
// Nothing outside the repository is written; what is already set up is used again.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const data = join(root, '.cache', 'data');
const words = process.argv.slice(2);
const onlyAt = words.indexOf('--only');
const only = onlyAt === -1 ? ['llama', 'transformers', 'vllm'] : (words.splice(onlyAt, 2)[1] ?? '').split(',');

function run(command, commandWords, environment = {}) {
  const env = { ...process.env, ...environment };
  return spawnSync(command, commandWords, { cwd: root, stdio: 'inherit', env }).status ?? 1;
}

/** The environment's interpreter, made by the product's own command. */
function python(name) {
  const path = join(data, 'tokometer', 'env', name, 'bin', 'python');
  const status = run(process.execPath, ['dist/bin.js', 'env', 'create', name, '--accelerator', 'cpu'], {
    XDG_DATA_HOME: data,
  });
  if (status !== 0 || !existsSync(path)) throw new Error(`the environment ${name} could not be made`);
  return path;
}

function main() {
  if (run('npm', ['run', '--silent', 'build']) !== 0) return 1;
  if (only.includes('llama') && run(process.execPath, ['scripts/get-llama-server.js']) !== 0) return 1;
  const environment = { OMP_NUM_THREADS: '1' };
  if (only.includes('transformers')) environment.TOKOMETER_PYTHON = python('transformers');
  if (only.includes('vllm')) environment.TOKOMETER_VLLM_PYTHON = python('vllm');
  const tests = ['test/engines', 'test/unit/engine/transformers', 'test/unit/engine/managed'];
  return run('npx', ['vitest', 'run', ...tests, ...words], environment);
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`test:engines: ${error.message}`);
  process.exitCode = 1;
}
