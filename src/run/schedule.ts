import type { CellPlan, TrafficPlan } from '../contract/plan.ts';
import { requestsPlanned } from '../metrics/requests-planned.ts';
import type { RateSample } from '../stats/unit-time.ts';
import type { Ahead, Pass, PassResult } from './passes.ts';
import type { ProtocolLog } from './protocol-log.ts';
import { decideRepeat, fewestForPrecision, relativeHalfWidth } from './repeat.ts';
import { decideWarmup } from './warm-up.ts';

/** What is to be done next. `start`: an execution begins; the first one finds its engine started. */
export type Step =
  | { readonly kind: 'start'; readonly execution: number; readonly cells: readonly string[] }
  | { readonly kind: 'pass'; readonly pass: Pass };

export interface ScheduleInput {
  readonly cells: readonly CellPlan[];
  readonly traffic: TrafficPlan;
  /** The run clock. */
  readonly nowMs: () => number;
  readonly log: ProtocolLog;
}

type Steps = Generator<Step, void, PassResult | undefined>;

// A long row can't be warmed up for as long as it is measured.
const mostWarmupMs = 10 * 60_000;
const fewestWarmups = 3;

interface CellState {
  readonly cell: CellPlan;
  /** A list for each execution. */
  readonly samples: RateSample[][];
  readonly warmed: Map<number, number>;
  measured: number;
  failedInARow: number;
  lastMs: number;
  latencyMs: number | null;
  isWarm: boolean;
  isStopped: boolean;
}

/**
 * The order of a run, pass after pass, decided as results come in. A fixed number of repetitions: each cell is warmed up
 * and measured before the next. Requests dealt, a precision or a time budget: all cells are warmed up, then measured in
 * turn, so that drift falls on all alike. Several executions: each measures all cells, and starts one cell later than
 * the one before.
 */
export class Schedule {
  readonly #input: ScheduleInput;
  readonly #states: readonly CellState[];
  readonly #deadlineMs: number | null;
  #execution = 1;
  #passes = 0;
  #requests = 0;

  constructor(input: ScheduleInput) {
    this.#input = input;
    this.#deadlineMs = input.traffic.timeBudgetMs;
    this.#states = input.cells.map((cell) => ({
      cell,
      samples: [],
      warmed: new Map(),
      measured: 0,
      failedInARow: 0,
      lastMs: 0,
      latencyMs: null,
      isWarm: false,
      isStopped: false,
    }));
  }

  *steps(): Steps {
    const { traffic, log } = this.#input;
    let executionMs = 0;
    for (this.#execution = 1; this.#execution <= traffic.executions; this.#execution++) {
      if (this.#execution > 1) this.#decideExecutions(executionMs);
      const open = rotate(this.#open(), this.#execution - 1);
      if (open.length === 0) break;
      const beganMs = this.#input.nowMs();
      for (const state of open) {
        state.samples.push([]);
        state.isWarm = false;
      }
      yield { kind: 'start', execution: this.#execution, cells: open.map(({ cell }) => cell.id) };
      yield* this.#execute(open);
      executionMs = this.#input.nowMs() - beganMs;
    }
    for (const { cell, samples } of this.#open()) {
      const reason = this.#isAdaptive() ? 'most' : 'repetitions';
      log.stop(cell, { reason, halfWidth: this.#isAdaptive() ? relativeHalfWidth(samples) : null });
    }
    log.isDone = true;
  }

  *#execute(open: readonly CellState[]): Steps {
    const { traffic } = this.#input;
    const isInTurn = traffic.requests !== null || (this.#isAdaptive() && traffic.executions === 1);
    if (!isInTurn) {
      for (const state of open) {
        yield* this.#warmUp(state, open);
        yield* this.#repeat(state);
      }
      return;
    }
    for (const state of open) yield* this.#warmUp(state, open);
    if (traffic.requests === null) yield* this.#takeTurns(open);
    else yield* this.#deal(open, traffic.requests);
  }

  *#warmUp(state: CellState, open: readonly CellState[]): Steps {
    const { traffic, nowMs, log } = this.#input;
    // Others warm the engine for it.
    if (state.cell.warmupRequests === 0) {
      state.isWarm = true;
      return;
    }
    const beganMs = nowMs();
    const limits = { untilSteady: traffic.untilSteady, most: traffic.warmups, mostMs: this.#warmupLimitMs(open) };
    const timesMs: (number | null)[] = [];
    while (timesMs.length < traffic.warmups) {
      const result = yield this.#pass(state, 'warmup', {
        repetition: timesMs.length + 1,
        repetitions: traffic.warmups,
        isOpen: traffic.untilSteady,
      });
      timesMs.push(result?.tokenMs ?? null);
      state.latencyMs = result?.latencyMs ?? null;
      state.warmed.set(this.#execution, timesMs.length);
      const elapsedMs = nowMs() - beganMs;
      const decision = decideWarmup({ timesMs, elapsedMs, nextMs: result?.durationMs ?? 0 }, limits);
      if (decision === null) continue;
      log.warmup(state.cell, { execution: this.#execution, passes: timesMs.length, timesMs, ...decision });
      break;
    }
    state.isWarm = true;
  }

  // With a time budget warm-ups take at most half of what is left.
  #warmupLimitMs(open: readonly CellState[]): number {
    if (this.#deadlineMs === null) return mostWarmupMs;
    const cold = open.filter(({ isWarm }) => !isWarm).length;
    return Math.min(mostWarmupMs, (this.#deadlineMs - this.#input.nowMs()) / 2 / Math.max(1, cold));
  }

  // A fixed number of passes in one execution; only time can end them sooner.
  *#repeat(state: CellState): Steps {
    const most = this.#input.traffic.repetitions ?? 1;
    for (let repetition = 1; repetition <= most; repetition++) {
      const limits = { most: Infinity, precision: null, deadlineMs: this.#deadlineMs };
      const stop = decideRepeat(stateOf(state), limits, this.#input.nowMs());
      if (stop !== null) {
        this.#stop(state, stop);
        return;
      }
      yield* this.#measure(state, { repetition, repetitions: most, isOpen: this.#deadlineMs !== null });
    }
  }

  *#takeTurns(open: readonly CellState[]): Steps {
    const { traffic, nowMs } = this.#input;
    const most = traffic.repetitions ?? 1;
    const limits = { most, precision: traffic.precision, deadlineMs: this.#deadlineMs };
    for (let left = open; left.length > 0; left = left.filter(({ isStopped }) => !isStopped)) {
      for (const state of left) {
        const stop = decideRepeat(stateOf(state), limits, nowMs());
        if (stop !== null) this.#stop(state, stop);
        else {
          const repetitions = this.#deadlineMs === null ? most : null;
          yield* this.#measure(state, { repetition: state.measured + 1, repetitions, isOpen: true });
        }
      }
    }
  }

  *#deal(open: readonly CellState[], requests: number): Steps {
    for (let dealt = 0; dealt < requests; dealt++) {
      const place = dealt % open.length;
      const state = open[place];
      if (state === undefined) return;
      const repetitions = Math.ceil((requests - place) / open.length);
      yield* this.#measure(state, { repetition: Math.floor(dealt / open.length) + 1, repetitions, isOpen: false });
    }
  }

  // Before another execution: the unit of these decisions is the execution.
  #decideExecutions(executionMs: number): void {
    const { traffic, nowMs } = this.#input;
    if (!this.#isAdaptive()) return;
    for (const state of this.#open()) {
      const done = state.samples.length;
      const limits = { most: traffic.executions, precision: traffic.precision, deadlineMs: this.#deadlineMs };
      const stop = decideRepeat({ ...stateOf(state), done, nextMs: executionMs }, limits, nowMs());
      if (stop !== null) this.#stop(state, stop);
    }
  }

  *#measure(state: CellState, place: Pick<Pass, 'repetition' | 'repetitions' | 'isOpen'>): Steps {
    const result = yield this.#pass(state, 'measured', place);
    state.measured++;
    state.lastMs = result?.durationMs ?? 0;
    state.latencyMs = result?.latencyMs ?? null;
    const work = result?.work ?? null;
    state.failedInARow = work === null ? state.failedInARow + 1 : 0;
    if (work !== null) state.samples.at(-1)?.push(work);
  }

  #pass(state: CellState, phase: Pass['phase'], place: Pick<Pass, 'repetition' | 'repetitions' | 'isOpen'>): Step {
    const { cell, latencyMs } = state;
    const requests = phase === 'measured' ? cell.requests : cell.warmupRequests;
    const firstRequest = this.#requests;
    this.#requests += requests;
    const pass = {
      index: this.#passes++,
      cell,
      phase,
      execution: this.#execution,
      executions: this.#input.traffic.executions,
      ...place,
      requests,
      latencyMs,
      firstRequest,
      ahead: this.#ahead(),
      deadlineMs: this.#deadlineMs,
    };
    return { kind: 'pass', pass };
  }

  #ahead(): Ahead[] {
    const { traffic, cells } = this.#input;
    const eachWarmup = traffic.untilSteady ? Math.min(fewestWarmups, traffic.warmups) : traffic.warmups;
    return this.#open().map(({ cell, isWarm, warmed, measured }) => {
      const later = (traffic.executions - this.#execution) * eachWarmup;
      const now = isWarm ? 0 : Math.max(1, eachWarmup - (warmed.get(this.#execution) ?? 0));
      const planned =
        this.#isAdaptive() && traffic.executions === 1
          ? Math.max(fewestForPrecision, measured + 1)
          : requestsPlanned(cells, cell, traffic) / cell.requests;
      const isWarmedUp = traffic.warmups > 0 && cell.warmupRequests > 0;
      return { cell, warmups: isWarmedUp ? now + later : 0, measured: Math.max(0, planned - measured) };
    });
  }

  #open(): readonly CellState[] {
    return this.#states.filter(({ isStopped }) => !isStopped);
  }

  #stop(state: CellState, stop: Parameters<ProtocolLog['stop']>[1]): void {
    state.isStopped = true;
    this.#input.log.stop(state.cell, stop);
  }

  #isAdaptive(): boolean {
    const { precision, timeBudgetMs } = this.#input.traffic;
    return precision !== null || timeBudgetMs !== null;
  }
}

function stateOf({ samples, measured, failedInARow, lastMs }: CellState): Parameters<typeof decideRepeat>[0] {
  return { samples, done: measured, failedInARow, nextMs: lastMs };
}

function rotate<Value>(values: readonly Value[], by: number): Value[] {
  const start = values.length === 0 ? 0 : by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}
