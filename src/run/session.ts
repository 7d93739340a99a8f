import path from 'node:path';

import type { RunClock } from '../base/clock.ts';
import type { Engine, RunObserver } from '../contract/engine.ts';
import type { CellPlan, RunPlan } from '../contract/plan.ts';
import type { LengthScale, PromptRecipe } from '../contract/workload.ts';
import { openEngine } from '../engine/registry.ts';
import { choosePromptRecipe } from '../tokenizer/prompt-recipe.ts';
import { fitCells } from './fit-cells.ts';
import { placeModel } from './model-place.ts';

/** A live engine, and what was settled with its help. Whoever needs an engine shares this one. */
export interface Session {
  readonly engine: Engine;
  readonly recipe: PromptRecipe;
  /** The plan's cells, scaled when the plan asks for it. */
  readonly cells: readonly CellPlan[];
  readonly scale: LengthScale | null;
  close(): Promise<void>;
}

/** Starts the engine, finds out how prompts of an exact length are made for it, and scales lengths when asked to. */
export async function openSession(input: {
  plan: RunPlan;
  clock: RunClock;
  observer: RunObserver;
  signal: AbortSignal;
  directory: string;
}): Promise<Session> {
  const { plan, clock, observer } = input;
  if (plan.engine.api === 'openai' && plan.engine.urlGiven !== null) {
    const why = plan.workload.prompt === null ? 'a chat template would change prompt lengths' : 'it names no endpoint';
    observer.note(`${plan.engine.urlGiven} becomes ${plan.engine.url}: ${why}`);
  }
  const isFitted = plan.workload.fitMs !== null;
  const modelPath = await placeModel(plan, observer, input.signal);
  const engine = await openEngine({
    plan,
    clock,
    tell: observer,
    maxLength: isFitted ? null : longest(plan.cells, plan.workload.prompt),
    modelPath,
    logFile: path.join(input.directory, 'engine.log'),
    signal: input.signal,
  });
  try {
    const { cells, scale } = await fitCells({ plan, engine, elapsedMs: clock.nowNs() / 1e6 });
    if (isFitted) await engine.resize?.(longest(cells, plan.workload.prompt));
    const facts = engine.facts();
    observer.stage('engine', [facts.name, facts.version, facts.device].filter((part) => part !== null).join(' · '));
    if (scale !== null) observer.stage('lengths', scale.reason);
    input.signal.throwIfAborted();
    const recipe = await promptRecipe(plan, engine, observer);
    return { engine, recipe, cells, scale, close: () => engine.close() };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function promptRecipe(plan: RunPlan, engine: Engine, tell: RunObserver): Promise<PromptRecipe> {
  const { prompt, tokenizePrompt, tokenizerPath, seed } = plan.workload;
  if (prompt !== null) return Promise.resolve({ kind: 'fixed', method: 'fixed-text', text: prompt, addedTokens: 0 });
  return choosePromptRecipe({ tokenizePrompt, tokenizerPath, engine, seed, tell });
}

// What a chat template or BOS may add to a fixed prompt, with room to spare.
const templateTokens = 64;

// The tokens of a fixed prompt are counted by the server alone; no vocabulary in use takes more of them than bytes.
function longest(cells: readonly CellPlan[], prompt: string | null): number {
  const fixed = prompt === null ? 0 : Buffer.byteLength(prompt) + templateTokens;
  return Math.max(...cells.map((cell) => (cell.promptTokens ?? fixed) + cell.outputTokens));
}
