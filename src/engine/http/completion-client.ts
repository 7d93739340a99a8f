import type { RunClock } from '../../base/clock.ts';
import { onAbort } from '../../base/on-abort.ts';
import type { Tell } from '../../contract/engine.ts';
import type { OpenAiPlan } from '../../contract/plan.ts';
import type { ChunkSink, Outcome, RequestSpec } from '../../contract/request.ts';
import { type Agreed, Answer, type Completion } from './answer.ts';
import { FieldNegotiation } from './field-negotiation.ts';
import { requestBytes, requestHeaders, shownHeaders, shownUrl } from './request-bytes.ts';
import { generateBody } from './generate-body.ts';
import { completionBody, optionalFields, refusedField, type OptionalField } from './request-fields.ts';
import { type Route, routeOf } from './route.ts';
import { isUnknownModel } from './server-words.ts';
import type { Transport } from './transport.ts';

export interface CompletionClientInput {
  readonly plan: OpenAiPlan;
  readonly model: string;
  readonly clock: RunClock;
  readonly transport: Transport;
  readonly tell: Tell;
}

interface PreparedRequest extends Agreed {
  readonly bytes: Buffer;
  readonly version: number;
}

/** Sends completions and agrees with the server on the fields that it takes. */
export class CompletionClient {
  readonly negotiation: FieldNegotiation;
  readonly #input: CompletionClientInput;
  readonly #url: URL;
  readonly #route: Route;
  readonly #shownUrl: string;
  readonly #chat: boolean;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #prepared = new WeakMap<RequestSpec, PreparedRequest>();
  #latest: { readonly spec: RequestSpec; readonly request: PreparedRequest } | null = null;

  constructor(input: CompletionClientInput) {
    this.#input = input;
    this.#url = new URL(input.plan.url);
    this.#route = routeOf(input.plan.url);
    this.#shownUrl = shownUrl(input.plan.url);
    this.#chat = /\/chat\/completions\/*$/.test(this.#url.pathname);
    this.#headers = requestHeaders(input.plan);
    this.negotiation = new FieldNegotiation(input.tell);
    input.tell.debug(`requests go to ${this.#shownUrl} with headers ${shownHeaders(this.#headers)}`);
  }

  /** Builds a request's bytes before its due time. */
  prepare(spec: RequestSpec): void {
    this.#bytesOf(spec);
  }

  /** Answers a request, sent again without the fields that the server refuses. */
  async complete(spec: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Completion> {
    let completion = await this.#once(this.#bytesOf(spec), sink, signal);
    while (isRefusal(completion)) {
      this.#tellEnd(spec, completion);
      const named = refusedField(completion.words ?? '', completion.fields);
      if (named === null) return this.#search(spec, completion, { sink, signal });
      this.negotiation.drop([named], completion.words ?? '');
      completion = await this.#once(this.#bytesOf(spec), sink, signal);
    }
    this.#tellEnd(spec, completion);
    if (completion.failure === null) this.#learn(spec, completion);
    return completion;
  }

  /** The server refuses and names no field: leaves out each alone, then more and more, until it takes the request. */
  async #search(
    spec: RequestSpec,
    refused: Completion,
    { sink, signal }: { sink: ChunkSink; signal: AbortSignal },
  ): Promise<Completion> {
    // Once these fields have passed, they are not what a later refusal is about.
    if (this.negotiation.proven || isUnknownModel(refused.words ?? '')) return refused;
    const candidates = optionalFields.filter((field) => refused.fields.has(field));
    const alone = candidates.map((field) => [field]);
    const growing = candidates.slice(1).map((_, index) => candidates.slice(0, index + 2));
    for (const without of [...alone, ...growing]) {
      const trial = this.#build(spec, new Set([...this.negotiation.dropped, ...without]));
      // oxlint-disable-next-line no-await-in-loop -- one after another is the point
      const completion = await this.#once(trial, sink, signal);
      this.#tellEnd(spec, completion);
      if (isRefusal(completion)) continue;
      if (completion.failure === null) {
        this.negotiation.drop(without, refused.words ?? '');
        this.#learn(spec, completion);
      }
      return completion;
    }
    return refused;
  }

  #learn(spec: RequestSpec, completion: Completion): void {
    this.negotiation.proven = true;
    const counted = completion.usage?.outputTokens ?? null;
    if (counted === null || counted >= spec.outputTokens || !completion.fields.has('ignore_eos')) return;
    const { finishReason } = completion;
    const remedy = this.#route === 'generate' ? 'min_new_tokens' : 'min_tokens';
    this.negotiation.cameShort({ counted, asked: spec.outputTokens, finishReason, remedy });
  }

  #once(request: PreparedRequest, sink: ChunkSink, signal: AbortSignal): Promise<Completion> {
    const { clock, plan, transport } = this.#input;
    const answer = new Answer(sink, this.#shownUrl, request);
    const cancel = (): void => answer.cancel(clock.nowNs());
    const forget = onAbort(signal, cancel);
    answer.drop = forget;
    if (signal.aborted) {
      cancel();
      return answer.result;
    }
    const drop = transport.start(request.bytes, answer, plan);
    answer.drop = () => {
      forget();
      drop();
    };
    return answer.result;
  }

  #tellEnd(spec: RequestSpec, { failure, message }: Completion): void {
    this.#input.tell.debug(`request ${spec.index}: ${failure ?? 'ok'}${message === null ? '' : `, ${message}`}`);
  }

  #bytesOf(spec: RequestSpec): PreparedRequest {
    const known = this.#prepared.get(spec);
    if (known?.version === this.negotiation.version) return known;
    const latest = this.#latest;
    const isSame = latest?.request.version === this.negotiation.version && isAlike(latest.spec, spec);
    const request = isSame ? latest.request : this.#build(spec, this.negotiation.dropped);
    this.#prepared.set(spec, request);
    this.#latest = { spec, request };
    return request;
  }

  #build(spec: RequestSpec, without: ReadonlySet<OptionalField>): PreparedRequest {
    const { model, plan } = this.#input;
    const { version, withMinTokens } = this.negotiation;
    const bodyOf = this.#route === 'generate' ? generateBody : completionBody;
    const { json, lengthRule, fields } = bodyOf({
      spec,
      model,
      stream: plan.stream,
      chat: this.#chat,
      without,
      withMinTokens,
    });
    return {
      bytes: requestBytes({ method: 'POST', url: this.#url }, this.#headers, json),
      lengthRule,
      fields,
      version,
    };
  }
}

/** Equal but for their place, as requests of a fixed prompt are: their bytes are the same. */
function isAlike(one: RequestSpec, other: RequestSpec): boolean {
  return (
    one.prompt === other.prompt &&
    one.outputTokens === other.outputTokens &&
    one.minOutputTokens === other.minOutputTokens &&
    one.temperature === other.temperature &&
    one.extraArguments === other.extraArguments
  );
}

function isRefusal(completion: Completion): boolean {
  const status = completion.httpStatus;
  return completion.failure === 'http-status' && (status === 400 || status === 422);
}

/** The outcome as records keep it. */
export function outcomeOf(completion: Completion): Outcome {
  return {
    status: completion.failure === null ? 'ok' : 'failed',
    failure: completion.failure,
    message: completion.message,
    httpStatus: completion.httpStatus,
    finishReason: completion.finishReason,
    lengthRule: completion.lengthRule,
  };
}
