// The threads that a load is sent on. Comes in a pass, go out its records, whoever sent it. It decides how many threads a cell
// needs and owns them; what is sent, and how, is the business of send-pass.ts on whichever thread.
import { performance } from 'node:perf_hooks';
import { mostClientThreads } from '../../base/live-counters.ts';
import type { EngineFacts, Tell } from '../../contract/engine.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { PromptRecipe } from '../../contract/workload.ts';
import type { Pass } from '../passes.ts';
import { type PassSender, sendPass } from '../send-pass.ts';
import { ShardCrew } from './shard-crew.ts';
import { threadsFor } from './threads-for.ts';

export interface ClientThreadsInput {
  readonly plan: RunPlan;
  /** Sends what the main thread sends itself. */
  readonly sender: PassSender;
  readonly recipe: PromptRecipe;
  readonly nonce: string | null;
  readonly tell: Tell;
  /** Cores that this process may use. */
  readonly cores: number;
}

export class ClientThreads {
  readonly #input: ClientThreadsInput;
  /** By cell, as `auto` decided. */
  readonly #decided = new Map<string, number>();
  /** By cell, as its latest pass was sent. */
  readonly #used = new Map<string, number>();
  #crew: ShardCrew | null = null;
  #warmup: { readonly busy: number; readonly durationMs: number } | null = null;

  constructor(input: ClientThreadsInput) {
    this.#input = input;
  }

  /** Sends a load pass and resolves when it has ended. Rejects with what `onRecord` threw, or E_CLIENT_THREAD. */
  async send(pass: Pass, onRecord: (record: RequestRecord) => void): Promise<void> {
    const threads = this.#threadsOf(pass);
    this.#used.set(pass.cell.id, threads);
    if (threads > 1) return this.#sendOnCrew(pass, threads, onRecord);
    const before = performance.eventLoopUtilization();
    const startedMs = performance.now();
    await sendPass(this.#input.sender, pass, onRecord);
    const busy = performance.eventLoopUtilization(before).utilization;
    this.#warmup = pass.phase === 'warmup' ? { busy, durationMs: performance.now() - startedMs } : null;
  }

  /**
   * After a pass: when it was a warm-up that kept the main thread too busy, `auto` takes more threads from here on. They are
   * warmed up by the same requests, which are not recorded: code and connections of a thread are its own.
   */
  async settle(pass: Pass): Promise<void> {
    const { plan, sender, tell, cores } = this.#input;
    const warmup = this.#warmup;
    this.#warmup = null;
    // A thread that polls looks busy whatever it has to do.
    const isOpen = plan.traffic.clientThreads === 'auto' && sender.engine.endpoint?.().plan.busyPoll === false;
    if (warmup === null || !isOpen || sender.signal.aborted) return;
    const { parallel, id } = pass.cell;
    const threads = threadsFor({
      ...warmup,
      cores: Math.min(cores, mostClientThreads + 1),
      parallel: parallel ?? Infinity,
    });
    this.#decided.set(id, threads);
    if (threads === 1) return;
    const busy = `${Math.round(warmup.busy * 100)} % busy`;
    tell.note(`one thread was ${busy} in the warm-up of ${id}: ${threads} client threads send from here on`);
    await this.#sendOnCrew(pass, threads, null);
  }

  /** For the engine's facts: how many threads sent the load, by cell where cells differ; nothing where none could. */
  facts(): EngineFacts['settings'] {
    const used = [...this.#used];
    const [first] = used;
    if (first === undefined || this.#input.sender.engine.endpoint === undefined) return {};
    const isSame = used.every(([, threads]) => threads === first[1]);
    return { clientThreads: isSame ? first[1] : used.map(([cell, threads]) => `${cell}: ${threads}`).join(', ') };
  }

  /** The engine is about to be started anew: its place and its needs may be others then. */
  async renew(): Promise<void> {
    const crew = this.#crew;
    this.#crew = null;
    this.#warmup = null;
    this.#decided.clear();
    await crew?.close();
  }

  async close(): Promise<void> {
    await this.#crew?.close();
  }

  #threadsOf({ cell }: Pass): number {
    const { plan, sender } = this.#input;
    if (sender.engine.endpoint === undefined) return 1;
    const { clientThreads } = plan.traffic;
    if (clientThreads === 'auto') return this.#decided.get(cell.id) ?? 1;
    return Math.min(clientThreads, cell.parallel ?? Infinity);
  }

  /** null: nothing is recorded. */
  async #sendOnCrew(pass: Pass, threads: number, onRecord: ((record: RequestRecord) => void) | null): Promise<void> {
    const { engine, signal, clock } = this.#input.sender;
    const agreement = engine.endpoint?.().agreement;
    if (agreement === undefined) throw new Error('only servers are reached by client threads');
    const recorded = onRecord !== null;
    const crew = this.#openCrew();
    const pieces = await crew.send({ pass, threads, agreement, recorded, onRecord: onRecord ?? ignore, signal, clock });
    for (const learnt of pieces) engine.learn?.(learnt);
  }

  #openCrew(): ShardCrew {
    if (this.#crew !== null) return this.#crew;
    const { plan, sender, recipe, nonce, tell } = this.#input;
    const { engine, clock, counters } = sender;
    const endpoint = engine.endpoint?.();
    if (endpoint === undefined) throw new Error('only servers are reached by client threads');
    this.#crew = new ShardCrew(
      { plan, endpoint, recipe, nonce, originNs: clock.originNs, counters: counters.shared },
      tell,
    );
    return this.#crew;
  }
}

const ignore = (): void => undefined;
