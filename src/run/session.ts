import path from 'node:path';

import type { RunClock } from '../base/clock.ts';
import type { Engine, RunObserver } from '../contract/engine.ts';
import type { CellPlan, RunPlan } from '../contract/plan.ts';
import type { LengthScale, PromptRecipe } from '../contract/workload.ts';
import { openEngine } from '../engine/registry.ts';
import { choosePromptRecipe } from '../tokenizer/prompt-recipe.ts';
import { probeCells } from './estimate/probe-cells.ts';
import { fitCells } from './fit-cells.ts';
import { type PlacedModel, placeModel } from './model-place.ts';

/** A live engine, and what was settled with its help. Whoever needs an engine shares this one. */
export interface Session {
  /** Of the execution under way. */
  readonly engine: Engine;
  readonly recipe: PromptRecipe;
  /** The plan's cells, scaled or shortened when the plan asks for it. */
  readonly cells: readonly CellPlan[];
  readonly scale: LengthScale | null;
  /** Where the model lies; null: nowhere on this machine, or in the engine's own folder. */
  readonly model: PlacedModel | null;
  /** How long the engine took to start, in ms; null: it ran before. */
  readonly readyMs: number | null;
  /** Ends the engine and starts it anew: another execution. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface SessionInput {
  readonly plan: RunPlan;
  readonly clock: RunClock;
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
  readonly directory: string;
}

/** Starts the engine, finds out how prompts of an exact length are made for it, and scales lengths when asked to. */
export async function openSession(input: SessionInput): Promise<Session> {
  const { plan, clock, observer, signal } = input;
  const planned = [...plan.cells, ...(plan.estimate?.cells ?? [])];
  if (plan.engine.api === 'openai' && plan.engine.urlGiven !== null) {
    const why = plan.workload.prompt === null ? 'a chat template would change prompt lengths' : 'it names no endpoint';
    observer.note(`${plan.engine.urlGiven} becomes ${plan.engine.url}: ${why}`);
  }
  const isFitted = plan.workload.fitMs !== null;
  const model = await placeModel(plan, observer, input.signal);
  const life = new EngineLife(input, model?.path ?? null);
  await life.start(isFitted ? null : longest(planned, plan.workload.prompt));
  try {
    const { engine } = life;
    const { cells: fitted, scale } = await fitCells({ plan, engine, elapsedMs: clock.nowNs() / 1e6 });
    const maxLength = longest(isFitted ? fitted : planned, plan.workload.prompt);
    if (isFitted) await engine.resize?.(maxLength);
    const facts = engine.facts();
    observer.stage('engine', [facts.name, facts.version, facts.device].filter((part) => part !== null).join(' · '));
    if (scale !== null) observer.stage('lengths', scale.reason);
    input.signal.throwIfAborted();
    const recipe = await promptRecipe(plan, engine, observer);
    const probes = await probeCells({ plan, engine, recipe, clock, observer, signal });
    return {
      get engine() {
        return life.engine;
      },
      get readyMs() {
        return life.readyMs;
      },
      model,
      recipe,
      cells: probes ?? fitted,
      scale,
      restart: async () => {
        await life.close();
        await life.start(maxLength);
      },
      close: () => life.close(),
    };
  } catch (error) {
    await life.close();
    throw error;
  }
}

/** The engine of a run through its executions, one process after the other. */
class EngineLife {
  readonly #input: SessionInput;
  readonly #modelPath: string | null;
  #engine: Engine | null = null;
  // Its facts are told also after it ended and another one did not start.
  #last: Engine | null = null;
  readyMs: number | null = null;

  constructor(input: SessionInput, modelPath: string | null) {
    this.#input = input;
    this.#modelPath = modelPath;
  }

  get engine(): Engine {
    const engine = this.#engine ?? this.#last;
    if (engine === null) throw new Error('the engine was not started');
    return engine;
  }

  async start(maxLength: number | null): Promise<void> {
    const { plan, clock, observer, directory, signal } = this.#input;
    const startNs = clock.nowNs();
    this.#engine = await openEngine({
      plan,
      clock,
      tell: observer,
      maxLength,
      modelPath: this.#modelPath,
      logFile: path.join(directory, 'engine.log'),
      signal,
    });
    this.readyMs = plan.engine.api === 'openai' ? null : (clock.nowNs() - startNs) / 1e6;
  }

  async close(): Promise<void> {
    const engine = this.#engine;
    this.#last = engine ?? this.#last;
    this.#engine = null;
    await engine?.close();
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
