// The engine room: HOW a request is answered. A plan's engine part comes in, a live Engine goes out. It must not know
// prompts' making, schedules, metrics or the run directory. Adapters are loaded only when they are asked for.
import type { RunClock } from '../base/clock.ts';
import type { Engine, Tell } from '../contract/engine.ts';
import type { RunPlan } from '../contract/plan.ts';

export interface EngineInput {
  readonly plan: RunPlan;
  readonly clock: RunClock;
  readonly tell: Tell;
  /** Longest prompt + generation; null: known later, by `resize`. */
  readonly maxLength: number | null;
}

/** Starts or reaches the plan's engine. Throws a TokometerError (exit 3 or 4) that says why it can't. */
export async function openEngine({ plan, clock, tell, maxLength }: EngineInput): Promise<Engine> {
  const engine = plan.engine;
  switch (engine.api) {
    case 'openai': {
      const { openHttpEngine } = await import('./http/http-engine.ts');
      return openHttpEngine({ plan: engine, model: plan.model, clock, tell, request: plan.workload });
    }
    case 'local_llama': {
      const { openLlamaEngine } = await import('./llama/llama-engine.ts');
      return openLlamaEngine({ plan: engine, model: plan.model, clock, maxLength, tell });
    }
    case 'reference': {
      const { createReferenceEngine } = await import('./reference/reference-engine.ts');
      return createReferenceEngine({ timing: engine.timing, clock });
    }
  }
}
