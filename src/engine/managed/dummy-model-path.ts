import { mkdir, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { messageOf, TokometerError } from '../../base/errors.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import { modelConfig, needsYarn, publishedYarn } from '../../catalog/model-config.ts';
import type { ModelShape } from '../../catalog/model-shape.ts';
import { findModelShape, listModelShapes, withoutOrganisation } from '../../catalog/model-shapes.ts';
import type { Tell } from '../../contract/engine.ts';
import type { ManagedServerPlan } from '../../contract/plan.ts';
import { writeDummyModel } from '../llama/dummy-model.ts';
import { readGgufFacts } from '../llama/gguf-check.ts';
import { type RowLength, yarnNote } from './longest-text.ts';
import { readModelFolder } from './model-folder.ts';

// As the embedded engine has it: one file serves both.
const dummySeed = 1;
// Blocks of llama.cpp's quantisation.
const blockSize = 32;

export interface ModelPathInput {
  readonly plan: ManagedServerPlan;
  readonly model: string;
  readonly modelPath: string | null;
  readonly maxLength: number | null;
  readonly rows: readonly RowLength[];
  /** The user's own words speak of the model's positions: the configuration is left plain. */
  readonly isOverridden: boolean;
  readonly logFile: string;
  readonly tell: Tell;
}

/** What the server loads. */
export interface ServedModel {
  /** Folder or file on this machine; null: the server finds the model by its name. */
  readonly path: string | null;
  readonly weights: 'real' | 'dummy';
  readonly notes: readonly string[];
}

/**
 * The model's place; for dummy weights, where there is none, one is made: a folder with a config.json beside the engine's
 * log, or a GGUF file in the cache. Throws E_PLAN for a shape that is not known, and what writing the file throws.
 */
export async function serveModel(input: ModelPathInput): Promise<ServedModel> {
  const { plan, modelPath } = input;
  const isLlama = plan.api === 'local_llama_server';
  if (isLlama && (plan.loadFormat !== 'dummy' || isGguf(modelPath))) {
    if (modelPath === null) return { path: null, weights: 'real', notes: [] };
    // llama-server can end before its log is written: a broken file is found without it.
    const { dummyVersion } = await readGgufFacts(modelPath);
    return { path: modelPath, weights: dummyVersion === null ? 'real' : 'dummy', notes: [] };
  }
  const weights = plan.loadFormat === 'dummy' ? 'dummy' : 'real';
  if (isLlama) return { path: await dummyFile(input), weights, notes: [] };
  if (modelPath !== null || weights === 'real' || plan.api === 'command')
    return { path: modelPath, weights, notes: [] };
  return dummyFolder(input);
}

function isGguf(path: string | null): boolean {
  return path !== null && /\.gguf$/i.test(path);
}

async function dummyFolder(input: ModelPathInput): Promise<ServedModel> {
  const { plan, logFile, rows, isOverridden } = input;
  const shape = knownShape(input.model);
  const wanted = plan.maxModelLength ?? input.maxLength;
  const maxLength = isOverridden ? null : wanted;
  const path = join(dirname(logFile), 'dummy-model');
  try {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'config.json'), `${JSON.stringify(modelConfig(shape, maxLength), null, 2)}\n`);
  } catch (error) {
    throw new TokometerError('E_OUTPUT', `the configuration in ${path} can't be written: ${messageOf(error)}`, {
      hint: 'name a folder that can be written with --outputs-dir',
      cause: error,
    });
  }
  const notes = needsYarn(shape, maxLength) ? [yarnNote(publishedYarn, shape.contextLength, rows)] : [];
  return { path, weights: 'dummy', notes };
}

async function dummyFile({ plan, model, modelPath, tell }: ModelPathInput): Promise<string> {
  const shape = modelPath === null ? knownShape(model) : await shapeOfFolder(modelPath);
  const { path, bytes, reused, ms } = await writeDummyModel({
    shape,
    quantization: plan.dummyQuantization,
    seed: dummySeed,
  });
  tell.debug(`dummy model ${path}: ${reused ? 'found' : `written in ${formatDuration(ms)}`}, ${formatBytes(bytes)}`);
  tell.note(`Dummy weights of ${shape.name}: every matrix is ${plan.dummyQuantization}, embeddings included.`);
  return path;
}

async function shapeOfFolder(folder: string): Promise<ModelShape> {
  const { shape } = await readModelFolder(folder);
  if (shape === null) {
    throw new TokometerError('E_PLAN', `the config.json in ${folder} is of no family that a GGUF file is written for`, {
      hint: 'dummy weights for llama.cpp are written for Qwen2, Qwen3 and Qwen3-MoE; name a GGUF file with --model',
    });
  }
  const { hiddenSize, intermediateSize, attentionHeads, keyValueHeads, headDimension } = shape;
  const widths = [hiddenSize, intermediateSize, attentionHeads * headDimension, keyValueHeads * headDimension];
  const odd = widths.find((width) => width % blockSize !== 0);
  if (odd !== undefined) {
    throw new TokometerError('E_PLAN', `the config.json in ${folder} has a matrix that is ${odd} wide`, {
      hint: `llama.cpp stores dummy weights in blocks of ${blockSize}: take widths that ${blockSize} divides`,
    });
  }
  // Another configuration under the same name is another file.
  const digest = createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 8);
  return { ...shape, name: `${basename(folder)}-${digest}` };
}

function knownShape(model: string): ModelShape {
  const shape = findModelShape(model);
  if (shape !== null) return shape;
  const near = nearNames(model);
  throw new TokometerError(
    'E_PLAN',
    `--load-format dummy knows no shape of ${model}: it is no folder, and not in the catalogue`,
    {
      hint:
        'give a folder with config.json, or a name of the catalogue, with --model; ' +
        (near.length === 0 ? 'tokometer models lists them' : `near: ${near.join(', ')}`),
    },
  );
}

function nearNames(model: string): readonly string[] {
  const asked = withoutOrganisation(model).toLowerCase();
  const names = listModelShapes().map(({ name }) => name);
  const distanceTo = (name: string): number => distance(asked, withoutOrganisation(name).toLowerCase());
  const nearest = closest(
    asked,
    names.map((name) => withoutOrganisation(name).toLowerCase()),
  );
  const limit = Math.min(distance(asked, nearest) + 1, Math.floor(asked.length / 3));
  return names.filter((name) => distanceTo(name) <= limit).slice(0, 3);
}
