import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRunClock } from '../../../../src/base/clock.ts';
import { messageOf } from '../../../../src/base/errors.ts';
import { modelConfig } from '../../../../src/catalog/model-config.ts';
import type { ModelShape } from '../../../../src/catalog/model-shape.ts';
import type { Engine, Tell } from '../../../../src/contract/engine.ts';
import type { TransformersPlan } from '../../../../src/contract/plan.ts';
import { findPython } from '../../../../src/engine/python/find-python.ts';
import { openTransformersEngine } from '../../../../src/engine/transformers/transformers-engine.ts';

// Two threads that wait for each other crawl on a busy machine; a tiny model needs one.
process.env['OMP_NUM_THREADS'] ??= '1';

/** A shape that is loaded and run in a blink, with everything that a Qwen2.5 has. */
export const tinyShape: ModelShape = {
  name: 'Test/Tiny-Qwen2',
  family: 'qwen2',
  layers: 2,
  hiddenSize: 128,
  attentionHeads: 2,
  keyValueHeads: 1,
  headDimension: 64,
  intermediateSize: 256,
  experts: null,
  vocabularySize: 2048,
  tiedEmbeddings: true,
  attentionBias: true,
  queryKeyNorm: false,
  contextLength: 4096,
  ropeTheta: 1_000_000,
  normEpsilon: 1e-6,
  bosTokenId: 2001,
  eosTokenId: 2002,
};

export type RealPython = { readonly path: string } | { readonly skip: string };

/** A Python with torch and transformers: TOKOMETER_PYTHON, or what the product itself would find. */
export async function findRealPython(): Promise<RealPython> {
  const python = process.env['TOKOMETER_PYTHON'] ?? null;
  try {
    return { path: (await findPython({ python, needs: 'transformers', environment: process.env })).path };
  } catch (error) {
    return { skip: `skipped: ${messageOf(error)}; set TOKOMETER_PYTHON` };
  }
}

export function planWith(python: string, changes: Partial<TransformersPlan> = {}): TransformersPlan {
  return {
    api: 'local',
    hub: 'auto',
    revision: null,
    loadFormat: 'dummy',
    dtype: 'auto',
    gpus: null,
    trustRemoteCode: false,
    python,
    startTimeoutMs: 120_000,
    allowBusy: false,
    attention: null,
    deviceMap: null,
    compile: false,
    ...changes,
  };
}

/** Runs with an empty folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'tokometer-transformers-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function writeConfig(folder: string, changes: Record<string, unknown> = {}): Promise<void> {
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...modelConfig(tinyShape), ...changes }));
}

export const silentTell: Tell = { note: () => undefined, warning: () => undefined, debug: () => undefined };

/** Opens an engine on a folder that has a config.json; its log lies there too. */
export function openTiny(folder: string, plan: TransformersPlan, clock = startRunClock()): Promise<Engine> {
  return openTransformersEngine({
    plan,
    model: 'Test/Tiny-Qwen2',
    modelPath: folder,
    clock,
    tell: silentTell,
    logFile: join(folder, 'engine.log'),
  });
}

/** Whether a process lives; one that is dead and not yet reaped does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z' && stat !== '';
}
