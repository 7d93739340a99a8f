import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { TokometerError } from '../base/errors.ts';
import { formatBytes } from '../base/units.ts';
import { packedQuantization, quantizedSuffix } from '../catalog/quantization.ts';
import type { RunObserver } from '../contract/engine.ts';
import type { EnginePlan, RunPlan } from '../contract/plan.ts';
import { locateModel } from '../hub/locate-model.ts';
import type { LocatedModel } from '../hub/model-request.ts';

/** A model on this machine, and where it came from. */
export type PlacedModel = Pick<LocatedModel, 'path' | 'source' | 'revision'>;

/** One that lay here before. */
export function local(folder: string): PlacedModel {
  return { path: folder, source: 'folder', revision: null };
}

/**
 * Where the model's files are on this machine: engines always receive a local path. null: the engine needs none, since
 * it is served, scripted, or gets random weights of a published shape. Throws E_MODEL_FILE when they can't be had, and E_PLAN
 * for dummy weights of a quantised model.
 */
export async function placeModel(
  plan: RunPlan,
  observer: RunObserver,
  signal: AbortSignal,
): Promise<PlacedModel | null> {
  const { engine, model } = plan;
  if (!('hub' in engine)) return null;
  const isLocal = existsSync(model);
  if (engine.api !== 'command' && engine.loadFormat === 'dummy') await refusePacked(engine.api, model, isLocal);
  if (engine.api === 'command' || (engine.loadFormat === 'dummy' && !isLocal)) return isLocal ? local(model) : null;
  const located = await locateModel({
    name: model,
    hub: engine.hub,
    revision: engine.revision,
    need: engine.loadFormat === 'dummy' ? 'config' : 'weights',
    environment: process.env,
    tell: observer,
    progress: () => undefined,
    signal,
  });
  const origin = { folder: 'local files', huggingface: 'Hugging Face', modelscope: 'ModelScope' }[located.source];
  const revision = located.revision === null ? '' : `, revision ${located.revision.slice(0, 12)}`;
  const cached = located.fromCache ? `the ${origin} cache` : origin;
  observer.stage(
    'model',
    `${formatBytes(located.bytes)} from ${located.source === 'folder' ? origin : cached}${revision}`,
  );
  return located;
}

// Dummy loaders leave integers as the memory had them; under the name of its shape the model would run unquantised.
async function refusePacked(api: EnginePlan['api'], model: string, isLocal: boolean): Promise<void> {
  if (api === 'local_llama_server') return;
  const config = isLocal ? await readConfig(path.join(model, 'config.json')) : null;
  const packed = packedQuantization(model, config);
  if (packed === null) return;
  const plain = model.replace(quantizedSuffix, '');
  const other = plain === model || isLocal ? 'a checkpoint that is not quantised' : plain;
  throw new TokometerError(
    'E_PLAN',
    `--load-format dummy can't make the packed integers of ${model} (${packed}): engines leave them unset`,
    {
      hint:
        `name ${other} with --model, or leave out --load-format dummy; quantised dummies are those of llama.cpp: ` +
        '--api local_llama or local_llama_server with --dummy-quantization',
    },
  );
}

/** A broken file is null, as a missing one: the engine says what is wrong with it. */
async function readConfig(file: string): Promise<unknown> {
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    return parsed;
  } catch {
    return null;
  }
}
