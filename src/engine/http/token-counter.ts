import type { ChunkCounting, ChunkKind, ChunkSink, EngineTimings, TokenUsage } from '../../contract/request.ts';
import { alikeEventEnd, scanner } from './alike-event.ts';
import type { AlikeReader } from './connection.ts';
import type { EventFacts } from './event-facts.ts';
import { stampOfRead } from './read-stamp.ts';
import { findWholeChunk, wholeChunk } from './whole-chunk.ts';

/**
 * Turns the facts of a stream's events into stamped chunks. How many tokens a chunk holds: the rise of a running count (usage,
 * or llama-server's timings), else the length of `token_ids`, else unknown, and then only a text that is not empty
 * shows that there is one. With a running count an empty text is a token all the same, and a text without a rise none.
 * SGLang's /generate has a running count in each event, whether its ids are those so far or the new ones.
 */
export class TokenCounter implements AlikeReader {
  /** A whole number lies in the object itself; a fraction would be one more object to touch for every token. */
  heardMs = 0;
  /** Chunks that were stamped. */
  chunks = 0;
  finishReason: string | null = null;
  readonly #sink: ChunkSink;
  #counting: ChunkCounting | 'undecided' | 'unknown' = 'undecided';
  #counted = 0;
  #kind: ChunkKind = 'answer';
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

  /** An event has shown how its tokens are counted. */
  get isDecided(): boolean {
    return this.#counting !== 'undecided';
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

  /** Between chunks and events, each whole chunk that is one event like the last one is counted without their decoders. */
  takeAlike(bytes: Uint8Array, length: number): number {
    let position = 0;
    while (position < length && findWholeChunk(bytes, position, length)) {
      const { start, end, next } = wholeChunk;
      if (alikeEventEnd(bytes, start, end) !== end) break;
      this.take(scanner);
      position = next;
    }
    if (position > 0) this.heardMs = Math.floor(stampOfRead() / 1e6);
    return position;
  }

  /** An event, which came at the stamp of the read. */
  take(facts: EventFacts): void {
    this.#keepCounts(facts);
    // A usage event has no choice: the end of generation is the last token, not this.
    if (!facts.hasChoice) return;
    const hasText = facts.hasAnswer || facts.hasReasoning;
    if (facts.hasReasoning) this.#kind = 'reasoning';
    else if (facts.hasAnswer) this.#kind = 'answer';
    if (this.#counting === 'undecided') this.#decide(facts, hasText);
    switch (this.#counting) {
      case 'running-usage':
        return this.#rise(facts.completionTokens, hasText);
      case 'server-timings':
        return this.#rise(facts.predictedN, hasText);
      case 'token-ids':
        if (facts.tokenIds > 0) this.#chunk(facts.tokenIds, this.#kind);
        else if (hasText && facts.tokenIds === -1) this.#chunk('unknown', this.#kind);
        return;
      case 'unknown':
        if (hasText) this.#chunk('unknown', this.#kind);
        return;
      case 'undecided':
    }
  }

  /** A whole answer in one JSON body: one chunk of an unknown number of tokens. */
  takeWhole(facts: EventFacts): void {
    this.#keepCounts(facts);
    if (facts.hasChoice && (facts.hasAnswer || facts.hasReasoning || facts.completionTokens > 0)) {
      this.#chunk('unknown', facts.hasReasoning ? 'reasoning' : 'answer');
    }
  }

  // The first event that holds a token decides; a role event with a count of 0 does not.
  #decide(facts: EventFacts, hasText: boolean): void {
    if (facts.completionTokens > 0) this.#counting = 'running-usage';
    else if (facts.predictedN > 0) this.#counting = 'server-timings';
    else if (facts.tokenIds > 0) this.#counting = 'token-ids';
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

  #keepCounts(facts: EventFacts): void {
    if (facts.finishReason !== null) this.finishReason = facts.finishReason;
    if (facts.hasUsage) {
      if (facts.promptTokens !== -1) this.#promptTokens = facts.promptTokens;
      if (facts.cachedTokens !== -1) this.#cachedTokens = facts.cachedTokens;
      if (facts.completionTokens !== -1) this.#outputTokens = facts.completionTokens;
    }
    if (facts.hasTimings) {
      if (facts.promptMs !== -1) this.#promptMs = facts.promptMs;
      if (facts.predictedMs !== -1) this.#decodeMs = facts.predictedMs;
      if (facts.predictedN !== -1) this.#decodeTokens = facts.predictedN;
      if (facts.promptN !== -1) this.#timedPrompt = facts.promptN;
      if (facts.cacheN !== -1) this.#timedCached = facts.cacheN;
    }
  }
}

function orNull(count: number): number | null {
  return count === -1 ? null : count;
}
