import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type HubServer, startHubServer } from '../support/hub-server.ts';
import { temporaryFolder, tokometer } from '../support/tokometer.ts';
import { findRealPython } from '../unit/engine/transformers/real-python.ts';
import { oneThread, vllmPython } from './engine-setup.ts';
import { writeTinyQwen } from './tiny-qwen.ts';

// Qwen's documented commands, unchanged but for the program's name. The hub serves a tiny model under the name of theirs.
const name = 'Qwen/Qwen2.5-0.5B-Instruct';
const documented = {
  transformers: `--model_id_or_path ${name} --context_length 1 --gpus 0 --outputs_dir outputs/transformers`,
  'transformers from ModelScope': `--model_id_or_path ${name} --context_length 1 --gpus 0 --use_modelscope --outputs_dir outputs/transformers`,
  vllm: `--model_id_or_path ${name} --context_length 1 --max_model_len 32768 --gpus 0 --gpu_memory_utilization 0.9 --outputs_dir outputs/vllm`,
  'vllm from ModelScope': `--model_id_or_path ${name} --context_length 1 --max_model_len 32768 --gpus 0 --use_modelscope --gpu_memory_utilization 0.9 --outputs_dir outputs/vllm`,
};
const hubFile = /^Qwen__Qwen2\.5-0\.5B-Instruct_context-length-1_\d{10}\.csv$/;

const python = await findRealPython();
const interpreter = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';
const generated = 12;

// Real weights of a tiny Qwen2, written by Transformers itself.
const saveModel = `
import sys
from transformers import AutoConfig, AutoModelForCausalLM
AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(sys.argv[1])).save_pretrained(sys.argv[1])
`;

let folder: { path: string; remove(): Promise<void> };
let model = '';
let hub: HubServer;
beforeAll(async () => {
  const saver = interpreter === '' ? vllmPython.path : interpreter;
  if (saver === '') return;
  folder = await temporaryFolder();
  model = path.join(folder.path, 'tiny-qwen2');
  await mkdir(model);
  await writeTinyQwen(model);
  await promisify(execFile)(saver, ['-c', saveModel, model], { env: { ...process.env, HF_HUB_OFFLINE: '1' } });
  hub = await startHubServer({ models: { [name]: model } });
});
afterAll(async () => {
  await hub?.close();
  await folder?.remove();
});

interface Written {
  readonly file: string;
  readonly head: readonly string[];
  /** By column. */
  readonly row: Readonly<Record<string, string>>;
  readonly stderr: string;
}

/** Runs a command in a folder of its own and reads the only CSV that it left in its outputs folder. */
async function run(script: 'transformers' | 'vllm', words: string, at: string): Promise<Written> {
  const cwd = path.join(folder.path, at);
  await mkdir(cwd);
  const environment = { ...hub.environment, ...oneThread, HOME: path.join(folder.path, 'home') };
  const ended = await tokometer([script, ...words.split(' ')], environment, cwd);
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/│ +1 │/);
  const outputs = path.join(cwd, 'outputs', script);
  const [file = '', ...others] = (await readdir(outputs)).filter((entry) => entry.endsWith('.csv'));
  expect(others).toEqual([]);
  const lines = (await readFile(path.join(outputs, file), 'utf8')).split('\n').map((line) => line.split(','));
  const head = lines[0] ?? [];
  expect(lines).toHaveLength(3);
  const row = Object.fromEntries(head.map((column, index) => [column, lines[1]?.[index] ?? '']));
  expect(row).toMatchObject({ n: '3', valid: 'true', reasons: '', gpu_num: '0' });
  expect(Number(row['ttft_ms'])).toBeGreaterThan(0);
  return { file, head, row, stderr: ended.stderr };
}

describe.skipIf(interpreter === '')(`tokometer transformers${reason}`, { timeout: 180_000 }, () => {
  const more = `--generate_length ${generated} --python ${interpreter}`;
  const columns = [
    'model_id_or_path',
    'batch_size',
    'context_length_per_experiment',
    'generate_length_per_experiment',
    'use_flash_attn',
    'comment',
    'tokens_per_second',
    'max_gpu_memory_cost_gb',
  ];

  const check = ({ head, row }: Written, place: string): void => {
    expect(head.slice(0, columns.length)).toEqual(columns);
    expect(columns.map((column) => row[column])).toEqual([place, '1', '1', '12', 'false', '', expect.any(String), '']);
    expect(Number(row['tokens_per_second'])).toBeGreaterThan(0);
  };

  test('with a local folder', async () => {
    const words = `${documented['transformers']} ${more}`.replace(name, model);
    const written = await run('transformers', words, 'transformers-local');
    check(written, model);
    expect(written.file).toMatch(/^tiny-qwen2_context-length-1_\d{10}\.csv$/);
  });

  test('from Hugging Face, and again from its cache', async () => {
    const words = `${documented['transformers']} ${more}`;
    const written = await run('transformers', words, 'transformers-hub');
    check(written, name);
    expect(written.file).toMatch(hubFile);
    const readings = hub.fileReadings().length;
    expect(readings).toBeGreaterThan(0);
    await run('transformers', words, 'transformers-cached');
    expect(hub.fileReadings()).toHaveLength(readings);
  });

  test('from ModelScope', async () => {
    const before = hub.fileReadings().length;
    check(await run('transformers', `${documented['transformers from ModelScope']} ${more}`, 'transformers-ms'), name);
    expect(hub.fileReadings().length).toBeGreaterThan(before);
  });
});

// Eager, as compiling takes minutes on a CPU.
describe.skipIf(vllmPython.reason !== '')(`tokometer vllm${vllmPython.reason}`, { timeout: 300_000 }, () => {
  const more = `--generate_length ${generated} --enforce_eager --python ${vllmPython.path}`;
  const columns = [
    'Model ID',
    'Input Length',
    'Output Length',
    'TP Size',
    'Average Time (s)',
    'Average Throughput (tokens/s)',
  ];

  const check = ({ head, row }: Written, place: string): void => {
    expect(head.slice(0, columns.length)).toEqual(columns);
    const [id, input, output, parallel, seconds, throughput] = columns.map((column) => row[column]);
    expect([id, input, output, parallel]).toEqual([place, '1', '12', '1']);
    expect(Number(seconds)).toBeGreaterThan(0);
    expect((Number(throughput) * Number(seconds)) / generated).toBeCloseTo(1, 2);
  };

  test('with a local folder', async () => {
    const written = await run('vllm', `${documented['vllm']} ${more}`.replace(name, model), 'vllm-local');
    check(written, model);
    expect(written.file).toMatch(/^tiny-qwen2_context-length-1_\d{10}\.csv$/);
  });

  test.each([
    ['Hugging Face', 'vllm'],
    ['ModelScope', 'vllm from ModelScope'],
  ] as const)('from %s', async (hubName, command) => {
    const written = await run('vllm', `${documented[command]} ${more}`, `vllm-${hubName.replace(' ', '')}`);
    check(written, name);
    expect(written.file).toMatch(hubFile);
    expect(written.stderr).toMatch(new RegExp(`model .*${hubName}`));
  });
});
