import { formatCount, formatDuration, formatSignificant } from '../base/units.ts';
import type { Engine } from '../contract/engine.ts';
import type { CellPlan, RunPlan } from '../contract/plan.ts';
import type { LengthScale } from '../contract/workload.ts';
import { scaleLengths } from '../workload/scale-lengths.ts';

// Starting passes, summarising and writing the report take some time of their own.
const reservedMs = 5000;

/** Scales the plan's lengths to the time it may take, by the engine's own speed; the plan's cells when none is set. */
export async function fitCells(input: {
  plan: RunPlan;
  engine: Engine;
  /** Since the run's start: opening the engine counts. */
  elapsedMs: number;
}): Promise<{ cells: readonly CellPlan[]; scale: LengthScale | null }> {
  const { plan, engine } = input;
  const fitMs = plan.workload.fitMs;
  if (fitMs === null || engine.speed === undefined) return { cells: plan.cells, scale: null };
  const started = performance.now();
  const speed = await engine.speed();
  const outputTokens = plan.cells[0]?.outputTokens ?? 1;
  const planned = plan.cells.flatMap((cell) => cell.promptTokens ?? []);
  const { warmups, repetitions, requests, executions } = plan.traffic;
  const scaled = scaleLengths({
    promptTokens: planned,
    outputTokens,
    passes: executions * (warmups + (repetitions ?? Math.ceil((requests ?? 1) / planned.length))),
    speed,
    // Every other start is taken to last as long as the first.
    budgetMs: fitMs - executions * input.elapsedMs - (performance.now() - started) - reservedMs,
  });
  if (scaled.factor >= 1) return { cells: plan.cells, scale: null };
  const cells = plan.cells.map((cell, place): CellPlan => {
    const promptTokens = scaled.promptTokens[place] ?? cell.promptTokens;
    return {
      ...cell,
      id: `p${promptTokens ?? 0}-g${scaled.outputTokens}`,
      promptTokens,
      outputTokens: scaled.outputTokens,
    };
  });
  const reason =
    `scaled by ${formatSignificant(scaled.factor, 2)} to fit ${formatDuration(fitMs)}: prompts of ` +
    `${scaled.promptTokens.map(formatCount).join(', ')} tokens for ${planned.map(formatCount).join(', ')}, ` +
    `${formatCount(scaled.outputTokens)} generated for ${formatCount(outputTokens)}`;
  return {
    cells,
    scale: { factor: scaled.factor, plannedPromptTokens: planned, plannedOutputTokens: outputTokens, reason },
  };
}
