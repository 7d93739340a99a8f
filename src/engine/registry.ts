// The engine room: HOW a request is answered. A plan's engine part comes in, a live Engine goes out. It must not know
// prompts' making, schedules, metrics or the run directory. Adapters are loaded only when they are asked for.
import type { RunClock } from '../base/clock.ts';
import type { Engine, ServerEndpoint, Tell } from '../contract/engine.ts';
import type { ManagedServerPlan, RunPlan } from '../contract/plan.ts';
import { type FoundPython, packagesOf } from './python/found-python.ts';

export interface EngineInput {
  readonly plan: RunPlan;
  readonly clock: RunClock;
  readonly tell: Tell;
  /** Longest prompt + generation; null: known later, by `resize`. */
  readonly maxLength: number | null;
  /** The model's folder or file on this machine; null: a name that the engine itself knows, or dummy weights of a shape. */
  readonly modelPath: string | null;
  /** Where a process that is started writes what it says. */
  readonly logFile: string;
  /** Ends the wait for an engine that is starting. */
  readonly signal: AbortSignal;
}

// An open loop has no cap on requests in flight, and llama-server shares its memory out among slots before the first one:
// the others wait in its line.
const openLoopSlots = 32;

/** Starts or reaches the plan's engine. Throws a TokometerError (exit 3 or 4) that says why it can't. */
export async function openEngine(input: EngineInput): Promise<Engine> {
  const { plan, clock, tell, maxLength, modelPath, logFile, signal } = input;
  const engine = plan.engine;
  switch (engine.api) {
    case 'openai': {
      const { openHttpEngine } = await import('./http/http-engine.ts');
      return openHttpEngine({ plan: engine, model: plan.model, clock, tell, request: plan.workload });
    }
    case 'local': {
      const { openTransformersEngine } = await import('./transformers/transformers-engine.ts');
      return openTransformersEngine({ plan: engine, model: plan.model, modelPath, maxLength, clock, tell, logFile });
    }
    case 'local_vllm':
    case 'local_sglang':
    case 'local_llama_server':
    case 'command': {
      const { openManagedEngine } = await import('./managed/managed-engine.ts');
      const request = plan.workload;
      const interpreter = await interpreterOf(engine);
      return openManagedEngine({
        plan: engine,
        model: plan.model,
        modelPath,
        interpreter: interpreter?.path ?? null,
        packages: interpreter === null ? {} : packagesOf(interpreter),
        maxLength,
        parallel: Math.max(...plan.cells.map((cell) => cell.parallel ?? openLoopSlots)),
        rows: plan.cells,
        clock,
        tell,
        logFile,
        signal,
        request,
      });
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

/** Another client of a server that this run reached or started already. It asks the server nothing. */
export async function openEndpoint(input: { endpoint: ServerEndpoint; clock: RunClock; tell: Tell }): Promise<Engine> {
  const { openHttpEngineAt } = await import('./http/http-engine.ts');
  return openHttpEngineAt(input);
}

async function interpreterOf({ api, python }: ManagedServerPlan): Promise<FoundPython | null> {
  if (api !== 'local_vllm' && api !== 'local_sglang') return null;
  const { findPython } = await import('./python/find-python.ts');
  const needs = api === 'local_vllm' ? 'vllm' : 'sglang';
  return findPython({ python, needs, environment: process.env });
}
