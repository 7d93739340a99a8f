import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { DownloadState, LocatedModel, ModelRequest } from '../../../src/hub/model-request.ts';
import { locateModel } from '../../../src/hub/locate-model.ts';

export const modelName = 'Qwen/Tiny-0.5B';

/** Bytes that follow from a seed, so that a misplaced piece shows. */
function bytesOf(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed * 2_654_435_761 + 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** A small model as hubs hold them: two shards, and much that an engine does not read. */
export const modelFiles: Readonly<Record<string, Buffer | string>> = {
  '.gitattributes': '*.safetensors filter=lfs',
  'README.md': 'A model.',
  'config.json': '{"model_type":"qwen2"}',
  'generation_config.json': '{}',
  'tokenizer.json': bytesOf(1, 300_000),
  'tokenizer_config.json': '{"a":1}',
  'merges.txt': '',
  'chat_template.jinja': '{{ messages }}',
  'modeling_tiny.py': 'import torch',
  'model.safetensors.index.json':
    '{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}',
  'model-00001-of-00002.safetensors': bytesOf(2, 3_000_000),
  'model-00002-of-00002.safetensors': bytesOf(3, 1_000_000),
  'pytorch_model.bin': bytesOf(4, 50_000),
  'original/consolidated.00.pth': bytesOf(5, 50_000),
  'original/params.json': '{}',
};

export const shard = 'model-00001-of-00002.safetensors';

export const wantedNames = [
  'chat_template.jinja',
  'config.json',
  'generation_config.json',
  'merges.txt',
  'model-00001-of-00002.safetensors',
  'model-00002-of-00002.safetensors',
  'model.safetensors.index.json',
  'modeling_tiny.py',
  'tokenizer.json',
  'tokenizer_config.json',
];

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tokometer-hub-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export async function writeFiles(folder: string, files: Readonly<Record<string, Buffer | string>>): Promise<void> {
  for (const [path, body] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), body);
  }
}

/** Every file below a folder, by its path, sorted. */
export async function namesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

export function sha256(body: Buffer | string): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Git's hash of a blob. */
export function gitHash(body: Buffer | string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(body)}\0`)
    .update(body)
    .digest('hex');
}

export interface Located {
  readonly model: LocatedModel;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly states: readonly DownloadState[];
}

/** Locates the test model, with a home folder of the test's own. */
export async function locate(
  home: string,
  environment: Readonly<Record<string, string>>,
  request: Partial<ModelRequest> = {},
): Promise<Located> {
  const notes: string[] = [];
  const warnings: string[] = [];
  const states: DownloadState[] = [];
  const model = await locateModel({
    name: modelName,
    hub: 'huggingface',
    revision: null,
    need: 'weights',
    environment: { HOME: home, ...environment },
    tell: { note: (text) => notes.push(text), warning: (text) => warnings.push(text), debug: () => undefined },
    progress: (state) => states.push(state),
    ...request,
  });
  return { model, notes, warnings, states };
}
