import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

import type { ModelNeed } from './model-request.ts';
import { wantedFiles, weightFiles } from './wanted-files.ts';

/** What is on disk of a model. */
export interface FolderCheck {
  /** What an engine would miss, in words; empty: it can run. */
  readonly missing: readonly string[];
  /** Bytes of the files that an engine reads. */
  readonly bytes: number;
}

interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

/** Looks whether a folder holds a model that an engine can load, without asking its hub. */
export async function checkModelFolder(folder: string, need: ModelNeed): Promise<FolderCheck> {
  const files = await filesBelow(folder);
  const wanted = wantedFiles(files, need);
  const bytes = wanted.reduce((total, file) => total + file.bytes, 0);
  const names = new Set(files.map(({ path }) => path));
  const missing = [
    ...(names.has('config.json') || names.has('params.json') ? [] : ['config.json']),
    ...(files.some(({ path }) => tokenizerFile.test(path)) ? [] : ['a tokenizer']),
    ...(need === 'weights' ? await missingWeights(folder, files) : []),
  ];
  return { missing, bytes };
}

const tokenizerFile = /^(tokenizer(_config)?\.json|tekken\.json|vocab\.(json|txt)|.*\.(model|tiktoken))$/;

/** Every file below a folder whose content is there: a link that leads nowhere is none. */
export async function filesBelow(folder: string): Promise<FoundFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: FoundFile[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    const facts = await stat(path).catch(() => null);
    if (facts?.isFile() === true) found.push({ path: relative(folder, path).replaceAll(sep, '/'), bytes: facts.size });
  }
  return found;
}

async function missingWeights(folder: string, files: readonly FoundFile[]): Promise<string[]> {
  const weights = weightFiles(files);
  if (weights.length === 0) return ['weights'];
  const names = new Set(weights.map(({ path }) => path));
  const listed = await indexedShards(folder, files, weights[0]?.path ?? '');
  return [...new Set([...listed, ...weights.flatMap(({ path }) => siblingShards(path))])].filter(
    (name) => !names.has(name),
  );
}

/** The shards that the index beside the weights names. */
async function indexedShards(folder: string, files: readonly FoundFile[], weight: string): Promise<string[]> {
  const form = weight.slice(weight.lastIndexOf('.'));
  const index = files.find(({ path }) => path.endsWith(`${form}.index.json`) && !path.includes('/'));
  if (index === undefined) return [];
  try {
    const parsed: unknown = JSON.parse(await readFile(join(folder, index.path), 'utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('weight_map' in parsed)) return [index.path];
    const map = parsed.weight_map;
    if (typeof map !== 'object' || map === null) return [index.path];
    return [...new Set(Object.values(map).filter((name) => typeof name === 'string'))];
  } catch {
    return [index.path];
  }
}

/** `model-00002-of-00003.safetensors` tells its siblings. */
function siblingShards(path: string): string[] {
  const match = /^(.*)-(\d{5})-of-(\d{5})(\.[a-z]+)$/.exec(path);
  if (match === null) return [];
  const [, stem = '', , count = '', extension = ''] = match;
  return Array.from({ length: Number(count) }, (_, index) => {
    return `${stem}-${String(index + 1).padStart(5, '0')}-of-${count}${extension}`;
  });
}
