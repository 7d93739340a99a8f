import type { RunClock } from '../../base/clock.ts';
import type { Engine, RunObserver } from '../../contract/engine.ts';
import type { CellPlan, RunPlan } from '../../contract/plan.ts';
import type { PromptRecipe } from '../../contract/workload.ts';
import { freshNonce } from '../../workload/prompt-digest.ts';
import { createRequestSource } from '../../workload/request-source.ts';
import { shortenProbes } from '../../workload/shorten-probes.ts';
import { engineSpeed } from './engine-speed.ts';

/** The cells that an estimate measures: those of its plan, shortened so that they take a tenth of the full run; else the plan's. */
export async function probeCells(input: {
  plan: RunPlan;
  engine: Engine;
  recipe: PromptRecipe;
  clock: RunClock;
  observer: RunObserver;
  signal: AbortSignal;
}): Promise<readonly CellPlan[] | null> {
  const { plan, engine, recipe, clock, observer, signal } = input;
  const { estimate, workload, traffic } = plan;
  const outputTokens = estimate?.cells[0]?.outputTokens;
  if (estimate === null || outputTokens === undefined) return null;
  const startNs = clock.nowNs();
  // Its own nonce: no prompt of the measurement is sent before.
  const source = createRequestSource({ recipe, seed: workload.seed, nonce: freshNonce(), outputs: workload });
  const promptTokens = plan.cells.map((cell) => cell.promptTokens ?? 0);
  const speed = await engineSpeed({ engine, source, clock, signal, mostTokens: Math.max(...promptTokens) });
  const probes = shortenProbes({
    promptTokens,
    passes: (traffic.requests ?? promptTokens.length) / promptTokens.length,
    full: {
      promptTokens: estimate.cells.map((cell) => cell.promptTokens ?? 0),
      outputTokens,
      passes: estimate.warmups + estimate.repetitions,
    },
    speed,
    spentMs: (clock.nowNs() - startNs) / 1e6,
  });
  observer.stage(
    'estimate',
    `prompts of ${probes.promptTokens.join(', ')} tokens, ${probes.outputTokens} generated, tell of ` +
      `${estimate.cells.map((cell) => cell.promptTokens).join(', ')} with ${outputTokens}`,
  );
  return plan.cells.map((cell, place): CellPlan => {
    const length = probes.promptTokens[place] ?? cell.promptTokens;
    return {
      ...cell,
      id: `p${length}-g${probes.outputTokens}`,
      promptTokens: length,
      outputTokens: probes.outputTokens,
      warmupRequests: probes.warmups === 'all' || place === 0 ? 1 : 0,
    };
  });
}
