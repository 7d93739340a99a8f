import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerPlan } from './answer-plan.ts';
import type { Pacer } from './pacer.ts';
import { engineDeath } from './refusal.ts';
import type { StampPage } from './stamp-book.ts';
import { sglangBody, SglangFormat } from './sglang-format.ts';
import { doneEvent, type EventFormat, WireFormat, wholeBody } from './wire-format.ts';

// A reset that reaches a client together with the last data looks like a clean end to it: libuv reports it so.
const beforeResetNs = 20e6;

const lineEnd = Buffer.from('\r\n');

/** What one answer is written with. */
export interface AnswerWriting {
  readonly plan: AnswerPlan;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly pacer: Pacer;
  /** The request's start on the pacer's clock. */
  readonly startNs: number;
  readonly page: StampPage;
  readonly eventsPerWrite: number;
  /** The whole answer is about to end. */
  readonly answered: () => void;
}

/** Writes the events at their due times. A write that carries tokens is stamped just before it goes to the kernel. */
export function writeStream(writing: AnswerWriting): void {
  const { plan, response, pacer, startNs } = writing;
  const { dueNs, tokens } = plan.schedule;
  const vllm = new WireFormat(plan);
  const format: EventFormat = plan.request.native === null ? vllm : new SglangFormat(plan);
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.flushHeaders();
  if (plan.request.endpoint === 'chat') flush(writing, load([vllm.role()], 0));

  let next = 0;
  // The events of the next write are built right after the last one, so that nothing stands between due time and write.
  const prepare = (): void => {
    if (next >= plan.endAtChunk) return end();
    const events: Buffer[] = [];
    let carried = 0;
    while (events.length < writing.eventsPerWrite && next < plan.endAtChunk) {
      events.push(format.chunk(next));
      carried += tokens[next] ?? 0;
      next++;
    }
    const ready = load(events, carried);
    at(dueNs[next - 1] ?? 0, () => {
      flush(writing, ready);
      prepare();
    });
  };
  const end = (): void => {
    const pauseNs = plan.ending === 'reset-mid-stream' ? beforeResetNs : 0;
    if (next < tokens.length) at((dueNs[next] ?? 0) + pauseNs, () => endEarly(writing, format));
    else endWhole(writing, vllm);
  };
  const at = (offsetNs: number, task: () => void): void => {
    waiting = pacer.at(startNs + offsetNs, task);
  };
  let waiting = pacer.at(startNs, prepare);
  response.once('close', () => pacer.cancel(waiting));
}

/** Writes the whole body when the last token is due. */
export function writeWhole(writing: AnswerWriting): void {
  const { plan, response, request } = writing;
  const body = plan.request.native === null ? wholeBody(plan) : sglangBody(plan);
  const waiting = writing.pacer.at(writing.startNs + (plan.schedule.dueNs.at(-1) ?? 0), () => {
    if (plan.ending === 'reset-mid-stream') request.socket.resetAndDestroy();
    else if (plan.ending === 'error-event') {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify(engineDeath().body()));
    } else if (plan.ending !== 'hang-mid-stream') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const atNs = process.hrtime.bigint();
      response.end(body);
      if (plan.outputTokens > 0) writing.page.write(atNs, plan.outputTokens);
      writing.answered();
    }
  });
  response.once('close', () => writing.pacer.cancel(waiting));
}

/** Bytes of one write, ready to go. */
interface Load {
  readonly events: readonly Buffer[];
  /** The same within the frames of chunked encoding. */
  readonly framed: Buffer;
  readonly tokens: number;
}

function load(events: readonly Buffer[], tokens: number): Load {
  const frames = events.flatMap((bytes) => [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, lineEnd]);
  return { events, framed: Buffer.concat(frames), tokens };
}

// node:http would hold a write back until the end of the tick, so that with several streams due at once a stamp is taken
// long before its bytes leave, and would send each frame in four pieces. So the frame goes to the socket itself, in one
// piece, unless the response doesn't have the socket yet (a pipelined request) or isn't chunked (HTTP/1.0).
function flush({ response, page }: AnswerWriting, { events, framed, tokens }: Load): void {
  const { socket } = response;
  const atNs = process.hrtime.bigint();
  if (socket !== null && response.chunkedEncoding) socket.write(framed);
  else for (const bytes of events) response.write(bytes);
  if (tokens > 0) page.write(atNs, tokens);
}

function endWhole(writing: AnswerWriting, format: WireFormat): void {
  const { plan, response, request } = writing;
  writing.answered();
  request.socket.cork();
  if (plan.finalUsage) response.write(format.usage());
  if (plan.ending !== 'no-done') response.write(doneEvent);
  response.end();
  request.socket.uncork();
}

function endEarly(writing: AnswerWriting, format: EventFormat): void {
  const { plan, response, request } = writing;
  if (plan.ending === 'reset-mid-stream') request.socket.resetAndDestroy();
  if (plan.ending === 'end-mid-stream') response.end();
  if (plan.ending !== 'error-event') return;
  response.write(format.death());
  response.end(doneEvent);
}
