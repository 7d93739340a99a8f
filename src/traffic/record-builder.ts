import type { LiveCounters } from '../base/live-counters.ts';
import { onesOf } from '../base/ones.ts';
import type { MemoryFigure } from '../contract/memory.ts';
import type { CountSource, RequestRecord } from '../contract/record.ts';
import type {
  ChunkCounting,
  ChunkKind,
  ChunkSink,
  ChunkTokens,
  EngineTimings,
  Outcome,
  TokenUsage,
} from '../contract/request.ts';
import { giveRoomBack, nowhere, type StampRoom, takeRoom } from './stamp-room.ts';
import type { WorkItem } from './work-item.ts';

/** Who counts the tokens of a request: a server in its usage, or an engine in this process. */
export type UsageSource = Extract<CountSource, 'server-usage' | 'engine'>;

export interface RecordEnd {
  readonly item: WorkItem;
  readonly dueNs: number;
  /** Now: stands in for the end when the engine never told one. */
  readonly nowNs: number;
  readonly outcome: Outcome;
  readonly countSource: UsageSource;
}

// A few chunks more than tokens: an empty last one, or a server that generates past the limit.
const slack = 16;
const largestFirstSize = 65_536;

/** Collects the stamps of one request while it is answered, and makes its record afterwards. A chunk is a store into an array that stands ready. */
export class RecordBuilder implements ChunkSink {
  // What a chunk touches, side by side.
  readonly #counters: LiveCounters;
  #chunks = 0;
  #stamps: Float64Array;
  #start: number;
  #size: number;
  /** null: each chunk so far held one token, or nobody knows. */
  #chunkTokens: Uint32Array | null = null;
  /** Tokens so far, an unknown chunk as one: for the display only. */
  #liveTokens = 0;
  #hasReasoning = false;
  #answerChunk = -1;
  #unknownChunks = 0;
  #room: StampRoom;
  #attempts = 0;
  #sentNs: number | null = null;
  #connectNs: number | null = null;
  #endNs: number | null = null;
  #promptTokens: number | null = null;
  #cachedTokens: number | null = null;
  #outputTokens: number | null = null;
  #timings: EngineTimings | null = null;
  #memory: readonly MemoryFigure[] = [];
  #counting: ChunkCounting | null = null;

  constructor(outputTokens: number, counters: LiveCounters) {
    this.#counters = counters;
    this.#room = takeRoom(Math.min(outputTokens + slack, largestFirstSize));
    ({ stamps: this.#stamps, start: this.#start, size: this.#size } = this.#room);
  }

  sent(atNs: number, connectNs: number | null): void {
    if (this.#attempts === 0) this.#counters.add('sent');
    else this.#startAnew();
    this.#attempts++;
    this.#sentNs = atNs;
    this.#connectNs = connectNs;
    this.#counters.set('requestTokens', 0);
  }

  chunk(atNs: number, tokens: ChunkTokens, kind: ChunkKind): void {
    const place = this.#chunks;
    if (place === this.#size) this.#grow();
    this.#stamps[this.#start + place] = atNs;
    let live = 1;
    if (tokens === 'unknown') {
      this.#unknownChunks++;
    } else if (tokens !== 1 || this.#chunkTokens !== null) {
      this.#chunkTokens ??= new Uint32Array(this.#size).fill(1, 0, place);
      this.#chunkTokens[place] = tokens;
      live = tokens;
    }
    this.#chunks = place + 1;
    this.#liveTokens += live;
    this.#counters.addTokens(live, this.#liveTokens);
    if (kind === 'reasoning') this.#hasReasoning = true;
    else if (this.#hasReasoning && this.#answerChunk < 0) this.#answerChunk = place;
  }

  usage(usage: TokenUsage): void {
    if (usage.promptTokens !== null) this.#promptTokens = usage.promptTokens;
    if (usage.cachedTokens !== null) this.#cachedTokens = usage.cachedTokens;
    if (usage.outputTokens !== null) this.#outputTokens = usage.outputTokens;
  }

  timings(timings: EngineTimings): void {
    this.#timings = timings;
  }

  memory(figures: readonly MemoryFigure[]): void {
    this.#memory = figures;
  }

  counting(by: ChunkCounting): void {
    this.#counting = by;
  }

  ended(atNs: number): void {
    this.#endNs = atNs;
  }

  /** The record, its stamps in an array of their own; once, as their room is another request's after that. A request that was never sent has its due time as `sentNs`. */
  build({ item, dueNs, nowNs, outcome, countSource }: RecordEnd): RequestRecord {
    const chunkTokens = this.#countedChunks();
    const chunkSource = this.#chunkSource(chunkTokens, countSource);
    const isAssumed = chunkSource === 'assumed-one';
    const chunkNs = this.#stamps.slice(this.#start, this.#start + this.#chunks);
    const sum = chunkTokens === null || isAssumed ? null : chunkTokens.reduce((total, tokens) => total + tokens, 0);
    const record: RequestRecord = {
      id: item.point.index,
      cell: item.cell,
      execution: item.execution,
      repetition: item.repetition,
      phase: item.phase,
      shard: item.shard,
      attempts: Math.max(1, this.#attempts),
      dueNs,
      connectNs: this.#connectNs,
      sentNs: this.#sentNs ?? dueNs,
      endNs: this.#endNs ?? nowNs,
      chunkNs,
      chunkTokens,
      answerChunk: this.#answerChunk < 0 ? null : this.#answerChunk,
      requestedPromptTokens: item.point.promptTokens,
      requestedOutputTokens: item.point.outputTokens,
      promptTokens: this.#promptTokens,
      cachedTokens: this.#cachedTokens,
      outputTokens: this.#outputTokens ?? sum,
      countedBy: {
        prompt: this.#promptTokens === null ? 'unknown' : countSource,
        output: this.#outputTokens !== null ? countSource : sum === null ? 'unknown' : chunkSource,
        chunks: chunkSource,
      },
      timings: this.#timings,
      memory: this.#memory,
      outcome,
    };
    // An engine that goes on after it was cancelled must not write into what is another request's.
    this.#chunks = 0;
    this.#moveTo(nowhere);
    return record;
  }

  #countedChunks(): Uint32Array | null {
    if (this.#chunks === 0) return null;
    if (this.#unknownChunks === 0) {
      return this.#chunkTokens?.slice(0, this.#chunks) ?? onesOf(this.#chunks);
    }
    // As many chunks as tokens, and each holds at least one: then each holds exactly one.
    return this.#chunks === this.#outputTokens ? onesOf(this.#chunks) : null;
  }

  #chunkSource(chunkTokens: Uint32Array | null, countSource: UsageSource): CountSource {
    if (chunkTokens === null) return 'unknown';
    return this.#unknownChunks > 0 ? 'assumed-one' : (this.#counting ?? countSource);
  }

  #startAnew(): void {
    this.#counters.add('tokens', -this.#liveTokens);
    this.#endNs = null;
    this.#chunks = 0;
    this.#chunkTokens = null;
    this.#unknownChunks = 0;
    this.#liveTokens = 0;
    this.#hasReasoning = false;
    this.#answerChunk = -1;
    this.#promptTokens = null;
    this.#cachedTokens = null;
    this.#outputTokens = null;
    this.#timings = null;
    this.#memory = [];
    this.#counting = null;
  }

  #grow(): void {
    const room = takeRoom(this.#size * 2);
    room.stamps.set(this.#stamps.subarray(this.#start, this.#start + this.#chunks), room.start);
    this.#moveTo(room);
    if (this.#chunkTokens === null) return;
    const chunkTokens = new Uint32Array(room.size);
    chunkTokens.set(this.#chunkTokens);
    this.#chunkTokens = chunkTokens;
  }

  #moveTo(room: StampRoom): void {
    giveRoomBack(this.#room);
    this.#room = room;
    ({ stamps: this.#stamps, start: this.#start, size: this.#size } = room);
  }
}
