import type { CellStop, CellWarmupEnd, EngineStart, ProtocolFacts } from '../contract/protocol.ts';
import type { CellPlan } from '../contract/plan.ts';

/** Collects what is decided while a run is measured. */
export class ProtocolLog {
  readonly #starts: EngineStart[] = [];
  readonly #warmups: CellWarmupEnd[] = [];
  readonly #stops: CellStop[] = [];
  readonly #onStop: (cell: CellPlan, stop: CellStop) => void;
  readonly #onWarmup: (cell: CellPlan, end: CellWarmupEnd) => void;
  isDone = false;

  constructor(
    tell: {
      readonly onStop?: (cell: CellPlan, stop: CellStop) => void;
      readonly onWarmup?: (cell: CellPlan, end: CellWarmupEnd) => void;
    } = {},
  ) {
    this.#onStop = tell.onStop ?? (() => undefined);
    this.#onWarmup = tell.onWarmup ?? (() => undefined);
  }

  start(start: EngineStart): void {
    this.#starts.push(start);
  }

  warmup(cell: CellPlan, end: Omit<CellWarmupEnd, 'cell'>): void {
    const whole = { cell: cell.id, ...end };
    this.#warmups.push(whole);
    this.#onWarmup(cell, whole);
  }

  stop(cell: CellPlan, decision: Omit<CellStop, 'cell'>): void {
    const whole = { cell: cell.id, ...decision };
    this.#stops.push(whole);
    this.#onStop(cell, whole);
  }

  /** Decisions so far: it rises with each. */
  get count(): number {
    return this.#starts.length + this.#warmups.length + this.#stops.length;
  }

  facts(): ProtocolFacts {
    return {
      v: 1,
      isDone: this.isDone,
      starts: [...this.#starts],
      warmups: [...this.#warmups],
      stops: [...this.#stops],
    };
  }
}
