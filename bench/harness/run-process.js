import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Runs a command under measure_process. Its output goes to files of the directory: reading it would cost this process time on
 * the cores that are measured. Returns what it cost, with `stdout` and its last words: the end of stderr, of stdout
 * where that is empty.
 */
export async function runMeasured(tools, { command, environment = {}, directory, timeoutSeconds }) {
  const result = path.join(directory, 'process.json');
  const files = ['stdout.txt', 'stderr.txt'].map((name) => path.join(directory, name));
  const outputs = files.map((file) => openSync(file, 'w'));
  const child = spawn(tools.measure, [result, String(timeoutSeconds), ...command], {
    cwd: directory,
    env: { ...process.env, NO_COLOR: '1', ...environment },
    stdio: ['ignore', ...outputs],
  });
  const stop = () => child.kill('SIGTERM');
  process.once('exit', stop);
  await once(child, 'exit');
  process.off('exit', stop);
  for (const output of outputs) closeSync(output);
  const facts = JSON.parse(readFileSync(result, 'utf8'));
  const [stdout, stderr] = files.map((file) => readFileSync(file, 'utf8'));
  return {
    ...facts,
    beginNs: Number(facts.beginNs),
    endNs: Number(facts.endNs),
    cpuSeconds: facts.userSeconds + facts.systemSeconds,
    stdout,
    lastWords: endOf(stderr) || endOf(stdout),
  };
}

function endOf(text) {
  return text.trim().split('\n').slice(-12).join('\n');
}
