import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { expect, test } from 'vitest';

import { repository } from '../support/documents.ts';
import { findLlamaServer } from './llama-server.ts';

// `node bench/pairs.js transformers`, `node bench/pairs.js vllm` and `node bench/pairs.js llama` of docs/benchmarks.md, with two pairs
// in place of twenty, and nothing written: that they measure, not what.
const shorter = ['--pairs', '2', '--repeats', '1', '--dry-run'];

async function pairs(name: string, words: readonly string[]): Promise<{ code: unknown; said: string }> {
  const command = [path.join(repository, 'bench/pairs.js'), name, ...words, ...shorter];
  const child = spawn(process.execPath, command, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  const [[code], ...parts] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { code, said: parts.join('') };
}

const python = process.env['TOKOMETER_PYTHON'] ?? '';
const vllmPython = process.env['TOKOMETER_VLLM_PYTHON'] ?? '';
const found = findLlamaServer();

test('Transformers in pairs', { timeout: 300_000 }, async (context) => {
  context.skip(python === '', 'TOKOMETER_PYTHON names no Python with Transformers');
  const { code, said } = await pairs('transformers', ['--python', python]);
  expect(said).toMatch(/\| 4 layers x 512 \| 2 \|/);
  expect(code).toBe(0);
});

test('llama-server in pairs', { timeout: 300_000 }, async (context) => {
  context.skip('skip' in found, 'there is no llama-server');
  const { code, said } = await pairs('llama', []);
  expect(said).toMatch(/\| decode, 1 thread \| 2 \|/);
  expect(code).toBe(0);
});

test('vLLM in pairs', { timeout: 400_000 }, async (context) => {
  context.skip(vllmPython === '', 'TOKOMETER_VLLM_PYTHON names no Python with vLLM');
  const { said } = await pairs('vllm', ['--python', vllmPython]);
  // On a busy machine tokens share reads; then it says so, and compares nothing.
  expect(said).toMatch(/\| first to last token \| 2 \||vLLM sends its tokens together on this machine/);
});
