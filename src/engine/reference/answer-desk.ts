import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RunClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { packageVersion } from '../../base/package-version.ts';
import { planAnswer } from './answer-plan.ts';
import { writeStream, writeWhole } from './answer-writer.ts';
import { faultsAt, type FaultKind } from './fault.ts';
import type { Pacer } from './pacer.ts';
import { checkModel, type GenerationRequest, isFields, readGeneration, readMessages } from './request-body.ts';
import { sglangRefusal } from './sglang-format.ts';
import { readSglangGeneration, type SglangRules } from './sglang-body.ts';
import { doneEvent } from './wire-format.ts';
import { RequestTotals } from './request-totals.ts';
import { detokenize, tokenizeText, vocabularySize } from './reference-tokens.ts';
import { ContractRefusal, engineDeath, Refusal } from './refusal.ts';
import type { ReferenceServerOptions } from './server-options.ts';
import type { StampBook } from './stamp-book.ts';

const longestBodyBytes = 64 * 2 ** 20;

type Route = (call: Call) => void;

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** CLOCK_MONOTONIC when the request's headers had been read. */
  readonly receivedNs: bigint;
}

/** Answers requests by method and path. */
export class AnswerDesk {
  readonly #input: { options: ReferenceServerOptions; clock: RunClock; pacer: Pacer; book: StampBook };
  readonly #routes: ReadonlyMap<string, Readonly<Record<string, Route>>>;
  readonly #totals = new RequestTotals();
  #generations = 0;

  constructor(input: { options: ReferenceServerOptions; clock: RunClock; pacer: Pacer; book: StampBook }) {
    this.#input = input;
    const { options } = input;
    const tokenizing: [string, Record<string, Route>][] = [
      ['/tokenize', { POST: (call) => readBody(call, (body) => sendJson(call.response, 200, this.#tokenize(body))) }],
      ['/detokenize', { POST: (call) => readBody(call, (body) => sendJson(call.response, 200, readDetokenize(body))) }],
    ];
    this.#routes = new Map<string, Record<string, Route>>([
      ['/v1/completions', { POST: (call) => this.#generate('completions', call) }],
      ['/v1/chat/completions', { POST: (call) => this.#generate('chat', call) }],
      ['/generate', { POST: (call) => this.#generate('generate', call) }],
      ['/v1/models', { GET: ({ response }) => sendJson(response, 200, modelList(options)) }],
      ['/health', { GET: ({ response }) => void response.writeHead(200).end() }],
      ['/version', { GET: ({ response }) => sendJson(response, 200, { version: packageVersion() }) }],
      ['/reference/stamps', { GET: (call) => this.#sendStamps(call), DELETE: (call) => this.#clearStamps(call) }],
      ...(options.tokenize ? tokenizing : []),
      ...(options.metrics === false ? [] : [this.#metrics()]),
    ]);
  }

  answer(request: IncomingMessage, response: ServerResponse, receivedNs: bigint): void {
    response.on('error', ignore);
    request.on('error', ignore);
    const path = request.url?.split('?', 1)[0] ?? '/';
    const { apiKey } = this.#input.options;
    if (
      apiKey !== null &&
      (path.startsWith('/v1/') || path === '/generate') &&
      request.headers.authorization !== `Bearer ${apiKey}`
    ) {
      return sendJson(response, 401, { error: 'Unauthorized' });
    }
    const methods = this.#routes.get(path);
    if (methods === undefined) return sendJson(response, 404, { detail: 'Not Found' });
    const route = methods[request.method ?? 'GET'];
    if (route === undefined) return sendJson(response, 405, { detail: 'Method Not Allowed' });
    route({ request, response, receivedNs });
  }

  #generate(endpoint: GenerationRequest['endpoint'], call: Call): void {
    const { options, clock, pacer, book } = this.#input;
    readBody(call, (body) => {
      const index = this.#generations++;
      const faults = faultsAt(options.faults, index + 1);
      if (failsAtOnce(faults, call)) return;
      const generation = readRequest(endpoint, body, { rules: { ...options, faults }, response: call.response });
      if (generation === null) return;
      const plan = planAnswer(index, generation, options, faults);
      const { request, response, receivedNs } = call;
      const eventsPerWrite = Math.max(1, options.eventsPerWrite);
      const writes = generation.stream ? Math.ceil(plan.endAtChunk / eventsPerWrite) : 1;
      const page = book.open({ index, receivedNs, promptTokens: plan.promptTokens, writes });
      const startNs = Number(receivedNs - clock.originNs);
      const write = generation.stream ? writeStream : writeWhole;
      const answered = (): void => this.#totals.add(page, faults.has('wrong-metrics') ? 0.5 : 1);
      write({ plan, request, response, pacer, startNs, page, eventsPerWrite, answered });
    });
  }

  #metrics(): [string, Record<string, Route>] {
    const type = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    const model = this.#input.options.model;
    return ['/metrics', { GET: ({ response }) => void response.writeHead(200, type).end(this.#totals.text(model)) }];
  }

  #tokenize(body: unknown): unknown {
    if (!isFields(body)) throw new Refusal(400, 'Input should be a valid dictionary', null);
    const { options } = this.#input;
    // llama-server's form: the text is `content`, and only ids come back.
    if (typeof body['content'] === 'string') return { tokens: tokenizeText(body['content']) };
    checkModel(body['model'], options);
    if (typeof body['prompt'] !== 'string' && body['messages'] === undefined) {
      throw new Refusal(400, 'prompt: Field required', 'prompt');
    }
    const own = typeof body['prompt'] === 'string' ? tokenizeText(body['prompt']) : readMessages(body['messages']);
    const added = body['add_special_tokens'] === false ? 0 : options.addedTokens;
    const tokens = [...Array.from({ length: added }, () => 1), ...own];
    return { count: tokens.length, max_model_len: options.maxLength, tokens, token_strs: null };
  }

  // Page by page: all stamps in one text could exceed the longest string.
  #sendStamps({ response }: Call): void {
    const pages = this.#input.book.pages();
    response.writeHead(200, { 'content-type': 'application/json' });
    let next = 0;
    const send = (): void => {
      while (next < pages.length) {
        const text = `${next === 0 ? '[' : ','}${JSON.stringify(pages[next++]?.read())}`;
        if (!response.write(text)) return void response.once('drain', send);
      }
      response.end(pages.length === 0 ? '[]' : ']');
    };
    send();
  }

  #clearStamps({ response }: Call): void {
    this.#input.book.clear();
    response.writeHead(204).end();
  }
}

/** null: it was refused within a stream, as SGLang does. */
function readRequest(
  endpoint: GenerationRequest['endpoint'],
  body: unknown,
  { rules, response }: { rules: SglangRules; response: ServerResponse },
): GenerationRequest | null {
  if (endpoint !== 'generate') return readGeneration(endpoint, body, rules);
  try {
    return readSglangGeneration(body, rules);
  } catch (error) {
    const isStream = isFields(body) && body['stream'] === true;
    if (!(error instanceof Refusal) || error instanceof ContractRefusal || !isStream) throw error;
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.end(Buffer.concat([sglangRefusal(error), doneEvent]));
    return null;
  }
}

function failsAtOnce(faults: ReadonlySet<FaultKind>, { request, response }: Call): boolean {
  if (faults.has('reset-before-answer')) {
    request.socket.resetAndDestroy();
    return true;
  }
  if (faults.has('http-500')) throw engineDeath();
  if (faults.has('http-429')) {
    response.setHeader('retry-after', '1');
    throw new Refusal(429, 'Too many requests: the queue is full', null);
  }
  const page = '<!doctype html>\n<html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>\n';
  if (faults.has('html')) response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  else if (faults.has('not-json')) response.writeHead(200, { 'content-type': 'application/json' }).end('It works\n');
  else return false;
  return true;
}

function readDetokenize(body: unknown): unknown {
  const tokens: unknown = isFields(body) ? body['tokens'] : undefined;
  if (!Array.isArray(tokens) || !tokens.every(isKnownId)) {
    throw new Refusal(400, 'tokens: Input should be a list of token ids within the vocabulary', 'tokens');
  }
  return { prompt: detokenize(tokens) };
}

function isKnownId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabularySize;
}

function modelList(options: ReferenceServerOptions): unknown {
  const { model, maxLength } = options;
  const created = Math.floor(Date.now() / 1000);
  const entry = { id: model, object: 'model', created, owned_by: 'tokometer', root: model, parent: null };
  return { object: 'list', data: [{ ...entry, max_model_len: maxLength }] };
}

function readBody({ request, response }: Call, use: (body: unknown) => void): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= longestBodyBytes) parts.push(part);
  });
  request.once('end', () => {
    try {
      if (bytes > longestBodyBytes) throw new Refusal(413, `a body of ${bytes} bytes is too large`, null);
      use(parseJson(Buffer.concat(parts).toString('utf8')));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, messageOf(error), null);
      const told = refusal instanceof ContractRefusal ? { error: refusal.message } : refusal.body();
      sendJson(response, refusal.status, told);
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'body: JSON decode error', null);
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function ignore(): void {}
