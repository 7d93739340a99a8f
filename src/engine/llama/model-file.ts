import { TokometerError } from '../../base/errors.ts';
import { formatBytes, formatDuration } from '../../base/units.ts';
import { findModelShape, listModelShapes, parameterCount } from '../../catalog/model-shapes.ts';
import type { Tell } from '../../contract/engine.ts';
import type { LocalLlamaPlan } from '../../contract/plan.ts';
import { writeDummyModel } from './dummy-model.ts';
import { readGgufFacts, type GgufFacts } from './gguf-check.ts';

/** A checked GGUF file. */
export interface ModelFile {
  readonly path: string;
  readonly facts: GgufFacts;
  readonly weights: 'real' | 'dummy';
  readonly notes: readonly string[];
}

// Random weights are drawn from one seed: what they are does not matter, that they are the same everywhere does.
const dummySeed = 1;

/** The model's GGUF file: the one at this path, or one with random weights of this published shape. */
export async function findModelFile(plan: LocalLlamaPlan, model: string, tell: Tell): Promise<ModelFile> {
  const file = plan.loadFormat === 'dummy' ? await dummyFile(plan, model, tell) : await realFile(model);
  if (file.facts.vocabularySize === null) {
    throw new TokometerError('E_MODEL_FILE', `${file.path} holds no vocabulary`, {
      hint: 'name a GGUF file of a text model with --model',
    });
  }
  return file;
}

async function realFile(path: string): Promise<ModelFile> {
  const facts = await readGgufFacts(path).catch((error: unknown) => {
    const known =
      error instanceof TokometerError && error.message.startsWith('there is no') && findModelShape(path) !== null;
    if (!known) throw error;
    throw new TokometerError('E_MODEL_FILE', error.message, {
      hint: 'give the path of a GGUF file with --model, or add --load-format dummy: random weights of this shape',
      cause: error,
    });
  });
  return { path, facts, weights: facts.dummyVersion === null ? 'real' : 'dummy', notes: [] };
}

async function dummyFile(plan: LocalLlamaPlan, model: string, tell: Tell): Promise<ModelFile> {
  const shape = findModelShape(model);
  if (shape === null) {
    const known = listModelShapes().map(({ name }) => name);
    throw new TokometerError('E_PLAN', `--load-format dummy does not know the shape of --model ${model}`, {
      hint: `known shapes: ${known.join(', ')}`,
    });
  }
  const { path, bytes, reused, ms } = await writeDummyModel({
    shape,
    quantization: plan.dummyQuantization,
    seed: dummySeed,
  });
  tell.debug(`dummy model ${path}: ${reused ? 'found' : `written in ${formatDuration(ms)}`}, ${formatBytes(bytes)}`);
  const millions = Math.round(parameterCount(shape) / 1e6);
  const notes = [
    `the ${shape.name} shape has ${millions} million parameters; all matrices are ${plan.dummyQuantization}, embeddings included`,
  ];
  return { path, facts: await readGgufFacts(path), weights: 'dummy', notes };
}
