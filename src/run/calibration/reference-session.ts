import type { RunClock } from '../../base/clock.ts';
import { TokometerError } from '../../base/errors.ts';
import { LiveCounters } from '../../base/live-counters.ts';
import type { Engine } from '../../contract/engine.ts';
import type { OpenAiPlan, ReferenceTiming } from '../../contract/plan.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { RequestSource } from '../../contract/workload.ts';
import { openHttpEngine } from '../../engine/http/http-engine.ts';
import { type ReferenceProcess, startReferenceProcess } from '../../engine/reference/serve-process.ts';
import { openEndpoint } from '../../engine/registry.ts';
import { runClosedLoop } from '../../traffic/loop/closed-loop.ts';
import { usualRampMs } from '../../traffic/loop/ramp.ts';
import type { WorkItem } from '../../traffic/work-item.ts';
import { createRequestSource } from '../../workload/request-source.ts';
import { silentObserver } from '../silent-observer.ts';

const model = 'reference';

/** A request to send: its length tells which one it was in the server's stamps. */
export interface Ask {
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** The reference server in a process of its own, and the client of a run before it. */
export class ReferenceSession {
  readonly server: ReferenceProcess;
  readonly engine: Engine;
  readonly #clock: RunClock;
  readonly #signal: AbortSignal;
  #sent = 0;

  constructor(server: ReferenceProcess, engine: Engine, { clock, signal }: { clock: RunClock; signal: AbortSignal }) {
    this.server = server;
    this.engine = engine;
    this.#clock = clock;
    this.#signal = signal;
  }

  static async open(input: {
    timing: Pick<ReferenceTiming, 'ttftMs' | 'itlMs'>;
    eventsPerWrite: number;
    clock: RunClock;
    signal: AbortSignal;
  }): Promise<ReferenceSession> {
    const { timing, eventsPerWrite, clock, signal } = input;
    signal.throwIfAborted();
    const server = await startReferenceProcess({
      host: '127.0.0.1',
      port: 0,
      timing: { ...timing, jitterMs: 0, prefillTokensPerSecond: null, tokensPerChunk: 1, seed: 42 },
      model,
      strictModel: false,
      usage: 'running',
      maxLength: 131_072,
      faults: [],
      tokenize: true,
      promptIds: true,
      addedTokens: 0,
      reasoningTokens: 0,
      eventsPerWrite,
      apiKey: null,
    });
    try {
      const plan = planOf(`${server.url}/v1/completions`);
      const engine = await openHttpEngine({ plan, model, clock, tell: silentObserver });
      return new ReferenceSession(server, engine, { clock, signal });
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Sends them as a closed loop does; resolves with their records in order of completion. Throws when one fails. */
  async send(asks: Iterable<Ask>, parallel: number): Promise<RequestRecord[]> {
    const records: RequestRecord[] = [];
    await runClosedLoop({
      engine: this.engine,
      clock: this.#clock,
      source,
      counters: new LiveCounters(),
      signal: this.#signal,
      countSource: 'server-usage',
      points: this.#items(asks),
      parallel,
      rampMs: usualRampMs(parallel),
      onRecord: (record) => records.push(record),
    });
    this.#signal.throwIfAborted();
    const failed = records.find(({ outcome }) => outcome.status === 'failed');
    if (failed === undefined) return records;
    throw new TokometerError(
      'E_ENGINE_START',
      `the reference server failed: ${failed.outcome.message ?? 'no reason'}`,
      {
        hint: 'try again: tokometer doctor --calibrate',
      },
    );
  }

  /** The round trip of a connection that is opened for this, in ms. */
  async roundTripMs(ask: Ask): Promise<number> {
    this.#signal.throwIfAborted();
    const endpoint = this.engine.endpoint?.();
    if (endpoint === undefined) throw new Error('the client of a served API has an endpoint');
    const fresh = await openEndpoint({ endpoint, clock: this.#clock, tell: silentObserver });
    try {
      await fresh.probe?.(source.at({ index: this.#sent++, ...ask }));
      return fresh.facts().roundTripMs ?? NaN;
    } finally {
      await fresh.close();
    }
  }

  async close(): Promise<void> {
    await this.engine.close();
    await this.server.stop();
  }

  *#items(asks: Iterable<Ask>): Generator<WorkItem, void> {
    for (const ask of asks) {
      const point = { index: this.#sent++, ...ask };
      yield { cell: 'calibration', execution: 1, repetition: 1, phase: 'measured', shard: 0, point };
    }
  }
}

// The prompts of a run: token ids of exact lengths.
const source: RequestSource = createRequestSource({
  recipe: {
    kind: 'ids',
    method: 'token-ids',
    vocabulary: { ids: Uint32Array.from({ length: 10_000 }, (_, place) => 1000 + place), source: 'reference server' },
    addedTokens: 0,
  },
  seed: 42,
  nonce: 'calibration',
  outputs: { minOutputTokens: null, temperature: 0, extraArguments: {} },
});

function planOf(url: string): OpenAiPlan {
  return {
    api: 'openai',
    url,
    urlGiven: null,
    apiKey: null,
    headers: {},
    connectTimeoutMs: 6000,
    readTimeoutMs: null,
    totalTimeoutMs: 60_000,
    testConnection: true,
    stream: true,
    proxy: null,
    http2: false,
    busyPoll: false,
    serverPid: null,
  };
}
