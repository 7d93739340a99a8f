import { spawn } from 'node:child_process';
import path from 'node:path';

const bin = path.join(import.meta.dirname, '../../dist/bin.js');

/** Runs `tokometer perf` in a process of its own; returns its summary. */
export async function runProduct(words) {
  const child = spawn(process.execPath, [bin, 'perf', ...words, '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr = (stderr + text).slice(-4000)));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  process.off('exit', stop);
  if (code !== 0) throw new Error(`tokometer ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
