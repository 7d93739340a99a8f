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
    observer.note(`${plan.engine.urlGiven} becomes ${plan.engine.url}: a chat template would change prompt lengths`);
  }
  const isFitted = plan.workload.fitMs !== null;
  const modelPath = await placeModel(plan, observer, input.signal);
  const engine = await openEngine({
    plan,
    clock,
    tell: observer,
    maxLength: isFitted ? null : longest(plan.cells),
    modelPath,
    logFile: path.join(input.directory, 'engine.log'),
    signal: input.signal,
  });
  try {
    const { cells, scale } = await fitCells({ plan, engine, elapsedMs: clock.nowNs() / 1e6 });
    if (isFitted) await engine.resize?.(longest(cells));
    const facts = engine.facts();
    observer.stage('engine', [facts.name, facts.version, facts.device].filter((part) => part !== null).join(' · '));
    if (scale !== null) observer.stage('lengths', scale.reason);
    input.signal.throwIfAborted();
    const recipe = await choosePromptRecipe({
      tokenizePrompt: plan.workload.tokenizePrompt,
      tokenizerPath: plan.workload.tokenizerPath,
      engine,
      seed: plan.workload.seed,
      tell: observer,
    });
    return { engine, recipe, cells, scale, close: () => engine.close() };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function longest(cells: readonly CellPlan[]): number {
  return Math.max(...cells.map((cell) => cell.promptTokens + cell.outputTokens));
}
