import type {
  ChunkCounting,
  ChunkKind,
  ChunkSink,
  EngineTimings,
  FailureKind,
  TokenUsage,
} from '../../contract/request.ts';
import { EventScanner } from './event-scanner.ts';
import { isContextLength, refusalStatus, serverWords } from './server-words.ts';
import { SseDecoder, type EventHandler } from './sse-decoder.ts';

export interface StreamFailure {
  readonly kind: FailureKind;
  readonly message: string;
  /** The server's own words and status where it refused the request within its answer. */
  readonly refusal: { readonly words: string; readonly status: number } | null;
}

// One for all streams: an event is scanned and taken within one call, and what is alike is alike in all of them.
const scanner = new EventScanner();

// The stamp of the read that is being decoded: one for all streams, as a read is used up before the next one begins. In each of them
// it would be one more place of memory to touch for every token.
const readNs = new Float64Array(1);

/** Everything that streams are fed from now on came at `atNs`. */
export function stampReads(atNs: number): void {
  readNs[0] = atNs;
}

/** When what is being decoded came. */
export function stampOfRead(): number {
  return readNs[0] ?? 0;
}

/**
 * Turns the events of a stream into stamped chunks. How many tokens a chunk holds: the rise of a running count (usage,
 * or llama-server's timings), else the length of `token_ids`, else unknown, and then only a text that is not empty
 * shows that there is one. With a running count an empty text is a token all the same, and a text without a rise none.
 * SGLang's /generate has a running count in each event, whether its ids are those so far or the new ones.
 */
export class StampingHandler implements EventHandler {
  /** Chunks that were stamped. */
  chunks = 0;
  /** `[DONE]` came. */
  done = false;
  finishReason: string | null = null;
  failure: StreamFailure | null = null;
  readonly #sink: ChunkSink;
  readonly #decoder = new SseDecoder(this);
  #counting: ChunkCounting | 'undecided' | 'unknown' = 'undecided';
  #counted = 0;
  #kind: ChunkKind = 'answer';
  #flushing = false;
  #promptTokens = -1;
  #cachedTokens = -1;
  #outputTokens = -1;
  #promptMs = -1;
  #decodeMs = -1;
  #decodeTokens = -1;
  // llama-server's `prompt_n` leaves out what its cache held.
  #timedPrompt = -1;
  #timedCached = -1;

  constructor(sink: ChunkSink) {
    this.#sink = sink;
  }

  /** What the counts of this answer's chunks stand on; null when nobody told them. */
  get counting(): ChunkCounting | null {
    return this.#counting === 'undecided' || this.#counting === 'unknown' ? null : this.#counting;
  }

  /** The server's last counts; where it sent no usage, what llama-server's timings say. */
  get usage(): TokenUsage | null {
    const cached = this.#cachedTokens === -1 ? this.#timedCached : this.#cachedTokens;
    const prompt =
      this.#promptTokens === -1 && this.#timedPrompt !== -1
        ? this.#timedPrompt + Math.max(0, cached)
        : this.#promptTokens;
    const output = this.#outputTokens === -1 ? this.#decodeTokens : this.#outputTokens;
    if (prompt === -1 && output === -1 && cached === -1) return null;
    return { promptTokens: orNull(prompt), cachedTokens: orNull(cached), outputTokens: orNull(output) };
  }

  /**
   * llama-server takes `prompt_ms` from the start of the prompt to the first sampled token, and `predicted_ms` from
   * there to the last one: `decodeMs` spans `decodeTokens - 1` gaps, though its `predicted_n` counts all tokens.
   */
  get timings(): EngineTimings | null {
    if (this.#promptMs === -1 && this.#decodeMs === -1) return null;
    return {
      promptMs: orNull(this.#promptMs),
      decodeMs: orNull(this.#decodeMs),
      decodeTokens: orNull(this.#decodeTokens),
      source: 'llama-server timings',
    };
  }

  /** Bytes of the stream, wherever it is cut. */
  feed(bytes: Uint8Array, start: number, end: number): void {
    this.#decoder.feed(bytes, start, end);
    if (this.#decoder.overflow) this.#fail('bad-stream', 'The server sent one event of more than 16 MiB');
  }

  /** The stream is over: an event that lacks but its blank line still counts. */
  flush(): void {
    this.#flushing = true;
    this.#decoder.flush();
  }

  event(bytes: Uint8Array, start: number, end: number, isError: boolean): void {
    if (this.done || this.failure !== null || start === end) return;
    if (!isError && isDone(bytes, start, end)) {
      this.done = true;
      return;
    }
    const result = scanner.scan(bytes, start, end);
    if (isError || (result === 'ok' && scanner.hasError)) {
      this.#refuse(eventText(bytes, start, end));
    } else if (result === 'ok') {
      this.#take();
    } else if (!this.#flushing) {
      this.#broken(result, bytes, start, end);
    }
  }

  glance(bytes: Uint8Array, start: number, limit: number): number {
    return this.done || this.failure !== null ? -1 : scanner.match(bytes, start, limit);
  }

  glanced(): void {
    this.#take();
  }

  /** A whole answer in one JSON body, its last byte at the stamp of the read: one chunk of an unknown number of tokens. */
  wholeAnswer(bytes: Uint8Array): void {
    const result = scanner.scan(bytes, 0, bytes.length);
    if (result !== 'ok') {
      const text = eventText(bytes, 0, bytes.length);
      if (result === 'bad-utf8') this.#fail('bad-utf8', 'The answer holds bytes that are not UTF-8');
      else this.#fail('not-json', `The answer is not JSON: ${serverWords(text)}`);
      return;
    }
    if (scanner.hasError) return this.#refuse(eventText(bytes, 0, bytes.length));
    this.#keepCounts();
    this.done = true;
    if (scanner.hasChoice && (scanner.hasAnswer || scanner.hasReasoning || scanner.completionTokens > 0)) {
      this.#chunk('unknown', scanner.hasReasoning ? 'reasoning' : 'answer');
    }
  }

  #take(): void {
    this.#keepCounts();
    // A usage event has no choice: the end of generation is the last token, not this.
    if (!scanner.hasChoice) return;
    const hasText = scanner.hasAnswer || scanner.hasReasoning;
    if (scanner.hasReasoning) this.#kind = 'reasoning';
    else if (scanner.hasAnswer) this.#kind = 'answer';
    if (this.#counting === 'undecided') this.#decide(hasText);
    switch (this.#counting) {
      case 'running-usage':
        return this.#rise(scanner.completionTokens, hasText);
      case 'server-timings':
        return this.#rise(scanner.predictedN, hasText);
      case 'token-ids':
        if (scanner.tokenIds > 0) this.#chunk(scanner.tokenIds, this.#kind);
        else if (hasText && scanner.tokenIds === -1) this.#chunk('unknown', this.#kind);
        return;
      case 'unknown':
        if (hasText) this.#chunk('unknown', this.#kind);
        return;
      case 'undecided':
    }
  }

  // The first event that holds a token decides; a role event with a count of 0 does not.
  #decide(hasText: boolean): void {
    if (scanner.completionTokens > 0) this.#counting = 'running-usage';
    else if (scanner.predictedN > 0) this.#counting = 'server-timings';
    else if (scanner.tokenIds > 0) this.#counting = 'token-ids';
    else if (hasText) this.#counting = 'unknown';
  }

  #rise(count: number, hasText: boolean): void {
    if (count === -1) {
      // Text without its count: the count is not a running one after all.
      if (!hasText) return;
      this.#counting = 'unknown';
      this.#chunk('unknown', this.#kind);
    } else if (count > this.#counted) {
      const tokens = count - this.#counted;
      this.#counted = count;
      this.#chunk(tokens, this.#kind);
    }
  }

  #chunk(tokens: number | 'unknown', kind: ChunkKind): void {
    this.chunks++;
    this.#sink.chunk(stampOfRead(), tokens, kind);
  }

  #keepCounts(): void {
    if (scanner.finishReason !== null) this.finishReason = scanner.finishReason;
    if (scanner.hasUsage) {
      if (scanner.promptTokens !== -1) this.#promptTokens = scanner.promptTokens;
      if (scanner.cachedTokens !== -1) this.#cachedTokens = scanner.cachedTokens;
      if (scanner.completionTokens !== -1) this.#outputTokens = scanner.completionTokens;
    }
    if (scanner.hasTimings) {
      if (scanner.promptMs !== -1) this.#promptMs = scanner.promptMs;
      if (scanner.predictedMs !== -1) this.#decodeMs = scanner.predictedMs;
      if (scanner.predictedN !== -1) this.#decodeTokens = scanner.predictedN;
      if (scanner.promptN !== -1) this.#timedPrompt = scanner.promptN;
      if (scanner.cacheN !== -1) this.#timedCached = scanner.cacheN;
    }
  }

  #refuse(text: string): void {
    const words = serverWords(text);
    const status = this.chunks === 0 ? refusalStatus(text) : null;
    const isRefusal = status !== null;
    const kind = isContextLength(words) ? 'context-length' : isRefusal ? 'http-status' : 'server-error';
    const message = isRefusal
      ? `The server refused the request in its first event (${status}): ${words}`
      : `The server reported an error: ${words}`;
    this.failure ??= { kind, message, refusal: isRefusal ? { words, status } : null };
  }

  #broken(result: 'malformed' | 'bad-utf8', bytes: Uint8Array, start: number, end: number): void {
    const place = this.chunks === 0 ? 'before the first token' : `after ${this.chunks} chunks`;
    if (result === 'bad-utf8') return this.#fail('bad-utf8', `The stream holds bytes that are not UTF-8, ${place}`);
    const text = eventText(bytes, start, Math.min(end, start + 400));
    this.#fail('bad-stream', `The stream holds an event that is not JSON, ${place}: ${serverWords(text)}`);
  }

  #fail(kind: FailureKind, message: string): void {
    this.failure ??= { kind, message, refusal: null };
  }
}

function orNull(count: number): number | null {
  return count === -1 ? null : count;
}

const doneMark = Buffer.from('[DONE]');

function isDone(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== doneMark[0]) return false;
  let last = end;
  while (last > start && (bytes[last - 1] ?? 0) <= 0x20) last--;
  if (last - start !== doneMark.length) return false;
  return doneMark.every((byte, index) => bytes[start + index] === byte);
}

function eventText(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
}
