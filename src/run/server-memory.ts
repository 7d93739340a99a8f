import type { MemoryFigure } from '../contract/memory.ts';
import type { EnginePlan } from '../contract/plan.ts';
import { readProcessMemory, requireReadableProcess } from '../telemetry/process-memory.ts';

/** The memory of a served API whose process the user named. */
export interface ServerMemory {
  readonly pid: number;
  /** As last read. */
  readonly figures: () => readonly MemoryFigure[];
  /** Reads anew: between requests, never while one is timed. */
  readonly read: () => Promise<readonly MemoryFigure[]>;
}

/** Takes a first reading; null when the plan names no process. Throws E_PLAN when the process can't be read. */
export async function openServerMemory(engine: EnginePlan): Promise<ServerMemory | null> {
  if (engine.api !== 'openai' || engine.serverPid === null) return null;
  const pid = engine.serverPid;
  await requireReadableProcess(pid);
  let latest = await readProcessMemory(pid);
  const read = async (): Promise<readonly MemoryFigure[]> => {
    latest = await readProcessMemory(pid);
    return latest;
  };
  return { pid, figures: () => latest, read };
}
