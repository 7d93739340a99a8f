import { JsonCursor } from './json-cursor.ts';

export type ScanResult = 'ok' | 'malformed' | 'bad-utf8';

const names = {
  choices: Buffer.from('choices'),
  usage: Buffer.from('usage'),
  timings: Buffer.from('timings'),
  error: Buffer.from('error'),
  object: Buffer.from('object'),
  text: Buffer.from('text'),
  delta: Buffer.from('delta'),
  message: Buffer.from('message'),
  content: Buffer.from('content'),
  reasoning: Buffer.from('reasoning'),
  reasoningContent: Buffer.from('reasoning_content'),
  toolCalls: Buffer.from('tool_calls'),
  function: Buffer.from('function'),
  name: Buffer.from('name'),
  arguments: Buffer.from('arguments'),
  tokenIds: Buffer.from('token_ids'),
  finishReason: Buffer.from('finish_reason'),
  promptTokens: Buffer.from('prompt_tokens'),
  completionTokens: Buffer.from('completion_tokens'),
  promptTokensDetails: Buffer.from('prompt_tokens_details'),
  cachedTokens: Buffer.from('cached_tokens'),
  promptMs: Buffer.from('prompt_ms'),
  promptN: Buffer.from('prompt_n'),
  predictedMs: Buffer.from('predicted_ms'),
  predictedN: Buffer.from('predicted_n'),
  cacheN: Buffer.from('cache_n'),
  metaInfo: Buffer.from('meta_info'),
  outputIds: Buffer.from('output_ids'),
  type: Buffer.from('type'),
};

/**
 * Reads one event of a completions or chat stream, or of SGLang's /generate, in place: walks all of its JSON, keeps only
 * what counting needs. The fields hold the facts of the last event; numbers that were not there are -1.
 */
export class EventScanner {
  /** `choices` is there and not empty, or SGLang's `meta_info` is. */
  hasChoice = false;
  hasAnswer = false;
  hasReasoning = false;
  /** Length of `choices[0].token_ids`. */
  tokenIds = -1;
  finishReason: string | null = null;
  hasUsage = false;
  promptTokens = -1;
  completionTokens = -1;
  cachedTokens = -1;
  hasTimings = false;
  promptMs = -1;
  promptN = -1;
  predictedMs = -1;
  predictedN = -1;
  cacheN = -1;
  hasError = false;
  readonly #cursor = new JsonCursor();

  scan(bytes: Uint8Array, start: number, end: number): ScanResult {
    this.#reset();
    const cursor = this.#cursor;
    cursor.open(bytes, start, end);
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.choices)) this.#choices();
      else if (cursor.keyIs(names.usage)) this.#usage();
      else if (cursor.keyIs(names.timings)) this.#timings();
      else if (cursor.keyIs(names.error)) this.#error();
      else if (cursor.keyIs(names.object)) this.#object();
      else if (cursor.keyIs(names.metaInfo)) this.#metaInfo();
      else if (cursor.keyIs(names.outputIds)) this.#outputIds();
      else if (cursor.keyIs(names.text)) this.hasAnswer = this.#holdsText() || this.hasAnswer;
      else cursor.skipValue();
    }
    if (cursor.problem !== 'none') return cursor.problem;
    cursor.peek();
    return cursor.position === end ? 'ok' : 'malformed';
  }

  #reset(): void {
    this.hasChoice = false;
    this.hasAnswer = false;
    this.hasReasoning = false;
    this.tokenIds = -1;
    this.finishReason = null;
    this.hasUsage = false;
    this.promptTokens = -1;
    this.completionTokens = -1;
    this.cachedTokens = -1;
    this.hasTimings = false;
    this.promptMs = -1;
    this.promptN = -1;
    this.predictedMs = -1;
    this.predictedN = -1;
    this.cacheN = -1;
    this.hasError = false;
  }

  #choices(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openArray) return cursor.skipValue();
    for (let more = cursor.enterArray(); more; more = cursor.nextElement()) {
      if (this.hasChoice || cursor.peek() !== openObject) cursor.skipValue();
      else this.#choice();
    }
  }

  #choice(): void {
    const cursor = this.#cursor;
    this.hasChoice = true;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.text)) this.hasAnswer = this.#holdsText() || this.hasAnswer;
      else if (cursor.keyIs(names.delta) || cursor.keyIs(names.message)) this.#delta();
      else if (cursor.keyIs(names.tokenIds)) this.#ids();
      else if (cursor.keyIs(names.finishReason)) this.#finish();
      else cursor.skipValue();
    }
  }

  #delta(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return cursor.skipValue();
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.content)) this.hasAnswer = this.#holdsText() || this.hasAnswer;
      else if (cursor.keyIs(names.reasoning) || cursor.keyIs(names.reasoningContent)) {
        this.hasReasoning = this.#holdsText() || this.hasReasoning;
      } else if (cursor.keyIs(names.toolCalls)) this.#toolCalls();
      else cursor.skipValue();
    }
  }

  #toolCalls(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openArray) return cursor.skipValue();
    for (let call = cursor.enterArray(); call; call = cursor.nextElement()) {
      if (cursor.peek() !== openObject) {
        cursor.skipValue();
        continue;
      }
      for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
        cursor.readKey();
        if (cursor.keyIs(names.function)) this.#functionCall();
        else cursor.skipValue();
      }
    }
  }

  #functionCall(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return cursor.skipValue();
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.name) || cursor.keyIs(names.arguments)) {
        this.hasAnswer = this.#holdsText() || this.hasAnswer;
      } else cursor.skipValue();
    }
  }

  #ids(): void {
    const cursor = this.#cursor;
    if (cursor.peek() === openArray) this.tokenIds = cursor.skipArray();
    else cursor.skipValue();
  }

  // All ids so far, or, as the server was started, the new ones alone: their number tells nothing, meta_info does.
  #outputIds(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openArray) return cursor.skipValue();
    if (cursor.skipArray() > 0) this.hasAnswer = true;
  }

  #finish(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== quote) return cursor.skipValue();
    // Decoded here: the bytes are overwritten by the next read. Only an answer's last event comes this way.
    const reason = cursor.readString();
    if (reason !== '') this.finishReason = reason;
  }

  #usage(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return cursor.skipValue();
    this.hasUsage = true;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.promptTokens)) this.promptTokens = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.completionTokens)) this.completionTokens = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.promptTokensDetails)) this.#promptDetails();
      else cursor.skipValue();
    }
  }

  // In every event of /generate: `completion_tokens` is the count so far.
  #metaInfo(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return cursor.skipValue();
    this.hasChoice = true;
    this.hasUsage = true;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.promptTokens)) this.promptTokens = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.completionTokens)) this.completionTokens = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.cachedTokens)) this.cachedTokens = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.finishReason)) this.#finishObject();
      else cursor.skipValue();
    }
  }

  // {"type": "length", "length": 16}; an `abort` is how its scheduler tells an error.
  #finishObject(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return this.#finish();
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.type)) this.#finish();
      else cursor.skipValue();
    }
    if (this.finishReason === 'abort') this.hasError = true;
  }

  #promptDetails(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return cursor.skipValue();
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.cachedTokens)) this.cachedTokens = cursor.numberOrNull() ?? -1;
      else cursor.skipValue();
    }
  }

  #timings(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return cursor.skipValue();
    this.hasTimings = true;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.promptMs)) this.promptMs = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.promptN)) this.promptN = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.predictedMs)) this.predictedMs = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.predictedN)) this.predictedN = cursor.numberOrNull() ?? -1;
      else if (cursor.keyIs(names.cacheN)) this.cacheN = cursor.numberOrNull() ?? -1;
      else cursor.skipValue();
    }
  }

  #error(): void {
    const byte = this.#cursor.peek();
    // `"error": null` and `false` are no errors.
    if (byte !== letterN && byte !== letterF) this.hasError = true;
    this.#cursor.skipValue();
  }

  // Older vLLM sends `{"object": "error", "message": ...}`.
  #object(): void {
    const cursor = this.#cursor;
    const isText = cursor.peek() === quote;
    const start = cursor.position + 1;
    cursor.skipValue();
    if (!isText || cursor.position - 1 - start !== names.error.length) return;
    for (let index = 0; index < names.error.length; index++) {
      if (cursor.bytes[start + index] !== names.error[index]) return;
    }
    this.hasError = true;
  }

  // A string that is not empty; a list of content parts counts as text too.
  #holdsText(): boolean {
    const cursor = this.#cursor;
    const byte = cursor.peek();
    if (byte === quote) return cursor.skipString();
    if (byte !== openArray) {
      cursor.skipValue();
      return false;
    }
    let parts = 0;
    for (let more = cursor.enterArray(); more; more = cursor.nextElement()) {
      parts++;
      cursor.skipValue();
    }
    return parts > 0;
  }
}

const quote = 0x22;
const openArray = 0x5b;
const openObject = 0x7b;
const letterN = 0x6e;
const letterF = 0x66;
