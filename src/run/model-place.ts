import { existsSync } from 'node:fs';

import { formatBytes } from '../base/units.ts';
import type { RunObserver } from '../contract/engine.ts';
import type { RunPlan } from '../contract/plan.ts';
import { locateModel } from '../hub/locate-model.ts';

/**
 * Where the model's files are on this machine: engines always receive a local path. null: the engine needs none, since
 * it is served, scripted, or gets random weights of a published shape. Throws E_MODEL_FILE when they can't be had.
 */
export async function placeModel(plan: RunPlan, observer: RunObserver, signal: AbortSignal): Promise<string | null> {
  const { engine, model } = plan;
  if (!('hub' in engine)) return null;
  const isLocal = existsSync(model);
  if (engine.api === 'command' || (engine.loadFormat === 'dummy' && !isLocal)) return isLocal ? model : null;
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
  return located.path;
}
