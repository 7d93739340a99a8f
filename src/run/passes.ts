import type { CellPlan, TrafficPlan } from '../contract/plan.ts';

/** One pass: one request of a speed cell, or one loop of a load cell, in the order of the run. */
export interface Pass {
  /** Position in the run. */
  readonly index: number;
  readonly cell: CellPlan;
  readonly phase: 'warmup' | 'measured';
  /** From 1, within cell and phase. */
  readonly repetition: number;
  readonly repetitions: number;
  readonly requests: number;
  /** Index of its first request in the run, by which its prompt can be made again. */
  readonly firstRequest: number;
}

/**
 * With repetitions: each cell is warmed up and measured before the next. With a number of requests: all cells are
 * warmed up, then requests are dealt in turn, so that drift falls on all lengths alike.
 */
export function orderPasses(cells: readonly CellPlan[], traffic: TrafficPlan): Pass[] {
  const passes: Omit<Pass, 'index' | 'requests' | 'firstRequest'>[] = [];
  const warmUp = (cell: CellPlan): void => {
    for (let repetition = 1; repetition <= traffic.warmups; repetition++) {
      passes.push({ cell, phase: 'warmup', repetition, repetitions: traffic.warmups });
    }
  };
  if (traffic.requests === null) {
    const repetitions = traffic.repetitions ?? 1;
    for (const cell of cells) {
      warmUp(cell);
      for (let repetition = 1; repetition <= repetitions; repetition++) {
        passes.push({ cell, phase: 'measured', repetition, repetitions });
      }
    }
  } else {
    for (const cell of cells) warmUp(cell);
    for (let dealt = 0; dealt < traffic.requests; dealt++) {
      const place = dealt % cells.length;
      const cell = cells[place];
      if (cell === undefined) break;
      passes.push({
        cell,
        phase: 'measured',
        repetition: Math.floor(dealt / cells.length) + 1,
        repetitions: Math.ceil((traffic.requests - place) / cells.length),
      });
    }
  }
  let firstRequest = 0;
  return passes.map((pass, index) => {
    const requests = pass.phase === 'measured' ? pass.cell.requests : pass.cell.warmupRequests;
    firstRequest += requests;
    return { index, ...pass, requests, firstRequest: firstRequest - requests };
  });
}

/** Requests of all passes together. */
export function requestsOf(passes: readonly Pass[]): number {
  return passes.reduce((sum, pass) => sum + pass.requests, 0);
}
