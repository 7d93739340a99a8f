import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type HubServer, startHubServer } from '../support/hub-server.ts';
import { temporaryFolder, tokometer } from '../support/tokometer.ts';
import { findRealPython, writeConfig } from '../unit/engine/transformers/real-python.ts';

const python = await findRealPython();
const interpreter = 'path' in python ? python.path : '';
const reason = 'skip' in python ? ` (${python.skip})` : '';
const name = 'Qwen/Tiny-Qwen2';

// Real weights of a tiny Qwen2, written by Transformers itself.
const saveModel = `
import sys
from transformers import AutoConfig, AutoModelForCausalLM
AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(sys.argv[1])).save_pretrained(sys.argv[1])
`;

// Qwen's documented commands but for the program's name; only the model and the generated length are smaller.
describe.skipIf(interpreter === '')(`tokometer transformers${reason}`, { timeout: 180_000 }, () => {
  let folder: { path: string; remove(): Promise<void> };
  let model = '';
  let hub: HubServer;
  beforeAll(async () => {
    folder = await temporaryFolder();
    model = path.join(folder.path, 'tiny-qwen2');
    await mkdir(model);
    await writeConfig(model);
    await promisify(execFile)(interpreter, ['-c', saveModel, model], { env: { ...process.env, HF_HUB_OFFLINE: '1' } });
    hub = await startHubServer({ models: { [name]: model } });
  });
  afterAll(async () => {
    await hub?.close();
    await folder?.remove();
  });

  async function run(modelWords: readonly string[], outputs: string): Promise<string> {
    const at = path.join(folder.path, outputs);
    const words = `--context_length 1 --generate_length 12 --gpus 0 --outputs_dir ${at} --python ${interpreter}`;
    const ended = await tokometer(['transformers', '--model_id_or_path', ...modelWords, ...words.split(' ')], {
      ...hub.environment,
      HOME: path.join(folder.path, 'home'),
      OMP_NUM_THREADS: '1',
    });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/│ +1 │/);
    const file = (await readdir(at)).find((entry) => entry.endsWith('.csv')) ?? '';
    const [head, row] = (await readFile(path.join(at, file), 'utf8')).split('\n');
    expect(head).toMatch(/^model_id_or_path,batch_size,context_length_per_experiment,generate_length_per_experiment,/);
    expect(row).toMatch(new RegExp(`^${modelWords[0]},1,1,12,false,,[0-9.]+,,3,`));
    return file;
  }

  test('with a local folder', async () => {
    expect(await run([model], 'local')).toMatch(/^tiny-qwen2_context-length-1_\d{10}\.csv$/);
  });

  test('from Hugging Face, and again from its cache', async () => {
    expect(await run([name], 'huggingface')).toMatch(/^Qwen__Tiny-Qwen2_context-length-1_\d{10}\.csv$/);
    const readings = hub.fileReadings().length;
    expect(readings).toBeGreaterThan(0);
    await run([name], 'cached');
    expect(hub.fileReadings()).toHaveLength(readings);
  });

  test('from ModelScope', async () => {
    const before = hub.fileReadings().length;
    await run([name, '--use_modelscope'], 'modelscope');
    expect(hub.fileReadings().length).toBeGreaterThan(before);
  });
});
