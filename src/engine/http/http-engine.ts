// The client of a served, OpenAI-compatible /v1/completions endpoint, or of SGLang's own /generate. A plan's engine part
// comes in, an Engine goes out that stamps each chunk in the socket's read callback. transport.ts: bytes to and from the
// server; sse-decoder.ts and event-scanner.ts: events, in place; stamping-handler.ts: what counts as a token, and when it
// came; field-negotiation.ts: which fields the server takes. It must not know prompts' making, schedules, records or
// metrics.
import type { RunClock } from '../../base/clock.ts';
import type {
  CacheState,
  Engine,
  EngineFacts,
  ServerAgreement,
  ServerCounters,
  ServerEndpoint,
  Tell,
} from '../../contract/engine.ts';
import type { ServerManifest } from '../../contract/manifest.ts';
import type { OpenAiPlan, WorkloadPlan } from '../../contract/plan.ts';
import type { ChunkSink, Outcome, RequestSpec } from '../../contract/request.ts';
import type { Completion } from './answer.ts';
import { CompletionClient, outcomeOf } from './completion-client.ts';
import { type ConnectionTestResult, testConnection } from './connection-test.ts';
import { openTransport, type OpenTransport } from './open-transport.ts';
import { shownUrl } from './request-bytes.ts';
import { ServerCalls } from './server-calls.ts';
import { parseCounters } from './server-counters.ts';
import { identifyServer, type ServerIdentity, unknownServer } from './server-identity.ts';
import { ServerTokenizer } from './server-tokenizer.ts';
import { type ServerUrls, serverUrls } from './server-urls.ts';
import { silentSink } from '../silent-sink.ts';

// Between passes: a server that is slow to tell its counters is measured all the same.
const metricsTimeoutMs = 2000;

export interface HttpEngineInput {
  readonly plan: OpenAiPlan;
  readonly model: string;
  readonly clock: RunClock;
  readonly tell: Tell;
  /** What the run's requests carry beside prompt and length, so that the connection test carries it too. */
  readonly request?: Pick<WorkloadPlan, 'temperature' | 'extraArguments'>;
  /** How long the server may go on loading its model; 60 s. */
  readonly loadingLimitMs?: number;
}

/** Reaches a served API. Throws E_CONNECTION_TEST when the plan wants it tested and it does not answer. */
export async function openHttpEngine(input: HttpEngineInput): Promise<Engine> {
  const { plan, model, clock, tell } = input;
  const { transport, roundTripNs, settings } = await openTransport({ plan, clock, tell });
  try {
    const client = new CompletionClient({ plan, model, clock, transport, tell });
    const urls = serverUrls(plan.url);
    const calls = new ServerCalls({ plan, transport });
    const asked = { model, secret: plan.apiKey };
    const known = await identifyServer(calls, urls, asked);
    if (known.kind === 'vLLM' || known.kind === 'SGLang') {
      client.negotiation.leaveOut(['cache_prompt', 'timings_per_token']);
    }
    const tested = plan.testConnection ? await test(input, { client, urls, known }) : null;
    const identity = tested?.waited === true ? await identifyServer(calls, urls, asked) : known;
    const close = (): void => transport.close();
    const engine = new HttpEngine({ plan, model, client, calls, urls, identity, roundTripNs, settings, close });
    if (tested !== null) engine.remember(tested.completion);
    return engine;
  } catch (error) {
    transport.close();
    throw error;
  }
}

/** Another client of a server that was asked and tested already: sends the very requests that its first client would. */
export async function openHttpEngineAt(input: {
  endpoint: ServerEndpoint;
  clock: RunClock;
  tell: Tell;
}): Promise<Engine> {
  const { endpoint, clock, tell } = input;
  const { plan, model } = endpoint;
  const { transport, roundTripNs, settings } = await openTransport({ plan, clock, tell });
  const client = new CompletionClient({ plan, model, clock, transport, tell });
  const calls = new ServerCalls({ plan, transport });
  const close = (): void => transport.close();
  const urls = serverUrls(plan.url);
  const parts = { plan, model, client, calls, urls, roundTripNs, settings, close };
  const engine = new HttpEngine({ ...parts, identity: unknownServer });
  engine.learn(endpoint.agreement);
  return engine;
}

function test(
  { plan, model, tell, request, loadingLimitMs }: HttpEngineInput,
  { client, urls, known }: { client: CompletionClient; urls: ServerUrls; known: ServerIdentity },
): Promise<ConnectionTestResult> {
  return testConnection({
    client,
    tell,
    urls,
    url: shownUrl(plan.url),
    model,
    models: known.models,
    temperature: request === undefined ? 0 : request.temperature,
    extraArguments: request?.extraArguments ?? {},
    loadingLimitMs: loadingLimitMs ?? 60_000,
  });
}

interface HttpEngineParts {
  readonly plan: OpenAiPlan;
  readonly model: string;
  readonly client: CompletionClient;
  readonly calls: ServerCalls;
  readonly urls: ServerUrls;
  readonly identity: ServerIdentity;
  readonly roundTripNs: OpenTransport['roundTripNs'];
  readonly settings: OpenTransport['settings'];
  readonly close: () => void;
}

class HttpEngine implements Engine {
  readonly #parts: HttpEngineParts;
  readonly #tokenizer: ServerTokenizer;
  #latest: ServerAgreement['latest'] = null;
  #tellsCounters: boolean | null = null;

  constructor(parts: HttpEngineParts) {
    this.#parts = parts;
    this.#tokenizer = new ServerTokenizer(parts.calls, parts.urls.tokenize, parts.model);
  }

  readonly facts = (): EngineFacts => {
    const { identity, plan, client, settings } = this.#parts;
    const roundTripNs = this.#parts.roundTripNs();
    const dropped = [...client.negotiation.dropped];
    return {
      name: identity.kind,
      version: identity.version,
      device: null,
      gpuCount: null,
      url: shownUrl(plan.url),
      roundTripMs: roundTripNs === null ? null : roundTripNs / 1e6,
      pid: null,
      weights: 'unknown',
      dtype: null,
      maxLength: identity.maxLength,
      cache: this.#cache(),
      flags: identity.flags,
      settings: {
        ...identity.settings,
        ...settings,
        http2: plan.http2,
        stream: plan.stream,
        chunkCounting: this.#latest?.counting ?? null,
        lengthRule: this.#latest?.lengthRule ?? null,
        fieldsLeftOut: dropped.length === 0 ? null : dropped.join(', '),
      },
      memory: [],
      notes: [],
    };
  };

  prepare(request: RequestSpec): void {
    this.#parts.client.prepare(request);
  }

  send(request: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Outcome> {
    return this.#parts.client.complete(request, sink, signal).then((completion) => {
      this.remember(completion);
      if (completion.usage !== null) sink.usage(completion.usage);
      if (completion.timings !== null) sink.timings(completion.timings);
      if (completion.counting !== null) sink.counting?.(completion.counting);
      sink.ended(completion.endedNs);
      return outcomeOf(completion);
    });
  }

  async probe(request: RequestSpec): ReturnType<NonNullable<Engine['probe']>> {
    const completion = await this.#parts.client.complete(request, silentSink, new AbortController().signal);
    this.remember(completion);
    const usage = completion.usage ?? { promptTokens: null, cachedTokens: null, outputTokens: null };
    return { outcome: outcomeOf(completion), usage };
  }

  tokenize(text: string): Promise<Uint32Array | null> {
    return this.#tokenizer.tokenize(text);
  }

  vocabulary(): ReturnType<NonNullable<Engine['vocabulary']>> {
    return this.#tokenizer.vocabulary();
  }

  async counters(): Promise<ServerCounters | null> {
    const { calls, identity, urls } = this.#parts;
    if (this.#tellsCounters === false) return null;
    const { status, text } = await calls.get(urls.metrics, metricsTimeoutMs);
    const name = identity.kind === 'OpenAI-compatible server' ? 'the server' : identity.kind;
    const counters = status === 200 ? parseCounters(text, `/metrics of ${name}`) : null;
    this.#tellsCounters ??= counters !== null;
    return counters;
  }

  manifest(): ServerManifest | null {
    return this.#parts.identity.manifest;
  }

  endpoint(): ServerEndpoint {
    const { plan, model, client } = this.#parts;
    return { plan, model, agreement: { ...client.negotiation.agreed, latest: this.#latest } };
  }

  learn(agreement: ServerAgreement): void {
    this.#parts.client.negotiation.adopt(agreement);
    this.#latest = agreement.latest ?? this.#latest;
  }

  close(): Promise<void> {
    this.#parts.close();
    return Promise.resolve();
  }

  /** Keeps what a completion showed of the server, for `facts`. */
  remember(completion: Completion): void {
    if (completion.failure !== null) return;
    const { counting, lengthRule, fields } = completion;
    this.#latest = { counting, lengthRule, cacheTurnedOff: fields.has('cache_prompt') };
  }

  // llama-server looks at its cache only for requests that allow it; ours do not.
  #cache(): CacheState {
    const { identity } = this.#parts;
    return identity.kind === 'llama-server' && this.#latest?.cacheTurnedOff === true ? 'off' : identity.cache;
  }
}
