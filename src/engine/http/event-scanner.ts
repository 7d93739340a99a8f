import { EventFacts, type NumberFact } from './event-facts.ts';
import { EventShape } from './event-shape.ts';
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
 * what counting needs. An event that is like the one before it but for its text and its numbers need not be walked.
 */
export class EventScanner extends EventFacts {
  readonly #shape = new EventShape();
  readonly #cursor = new JsonCursor();

  scan(bytes: Uint8Array, start: number, end: number): ScanResult {
    this.reset();
    const cursor = this.#cursor.open(bytes, start, end);
    const shape = this.#shape;
    cursor.places = shape.begin();
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.choices)) this.#choices();
      else if (cursor.keyIs(names.usage)) this.#usage();
      else if (cursor.keyIs(names.timings)) this.#timings();
      else if (cursor.keyIs(names.error)) this.#error();
      else if (cursor.keyIs(names.object)) this.#object();
      else if (cursor.keyIs(names.metaInfo)) this.#metaInfo();
      else if (cursor.keyIs(names.outputIds)) this.#outputIds();
      else if (cursor.keyIs(names.text)) this.#text('answer');
      else cursor.skipValue();
    }
    cursor.places = null;
    if (cursor.problem !== 'none') return cursor.problem;
    cursor.peek();
    if (cursor.position !== end) return 'malformed';
    if (!this.hasError) shape.learn(bytes, start, end);
    return 'ok';
  }

  /** Where the event at `start` ends, when it is like the last one; else -1. Then the facts are of no event. */
  match(bytes: Uint8Array, start: number, limit: number): number {
    return this.#shape.match(this.#cursor.open(bytes, start, limit), this);
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
      if (cursor.keyIs(names.text)) this.#text('answer');
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
      if (cursor.keyIs(names.content)) this.#text('answer');
      else if (cursor.keyIs(names.reasoning) || cursor.keyIs(names.reasoningContent)) this.#text('reasoning');
      else if (cursor.keyIs(names.toolCalls)) this.#toolCalls();
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
      if (cursor.keyIs(names.name) || cursor.keyIs(names.arguments)) this.#text('answer');
      else cursor.skipValue();
    }
  }

  #ids(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openArray) return cursor.skipValue();
    const start = cursor.position;
    this.tokenIds = cursor.skipArray();
    cursor.places?.add('tokenIds', start, cursor.position);
  }

  // All ids so far, or, as the server was started, the new ones alone: their number tells nothing, meta_info does.
  #outputIds(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openArray) return cursor.skipValue();
    const start = cursor.position;
    if (cursor.skipArray() > 0) this.hasAnswer = true;
    cursor.places?.add('outputIds', start, cursor.position);
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
      if (cursor.keyIs(names.promptTokens)) this.#number('promptTokens');
      else if (cursor.keyIs(names.completionTokens)) this.#number('completionTokens');
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
      if (cursor.keyIs(names.promptTokens)) this.#number('promptTokens');
      else if (cursor.keyIs(names.completionTokens)) this.#number('completionTokens');
      else if (cursor.keyIs(names.cachedTokens)) this.#number('cachedTokens');
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
      if (cursor.keyIs(names.cachedTokens)) this.#number('cachedTokens');
      else cursor.skipValue();
    }
  }

  #timings(): void {
    const cursor = this.#cursor;
    if (cursor.peek() !== openObject) return cursor.skipValue();
    this.hasTimings = true;
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      cursor.readKey();
      if (cursor.keyIs(names.promptMs)) this.#number('promptMs');
      else if (cursor.keyIs(names.promptN)) this.#number('promptN');
      else if (cursor.keyIs(names.predictedMs)) this.#number('predictedMs');
      else if (cursor.keyIs(names.predictedN)) this.#number('predictedN');
      else if (cursor.keyIs(names.cacheN)) this.#number('cacheN');
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

  #number(fact: NumberFact): void {
    const { places } = this.#cursor;
    const value = this.#cursor.numberOrNull();
    this[fact] = value ?? -1;
    if (value === null) places?.spoil();
    else places?.name(fact);
  }

  // A string that is not empty; a list of content parts counts as text too.
  #text(kind: 'answer' | 'reasoning'): void {
    const cursor = this.#cursor;
    const byte = cursor.peek();
    let isFilled = false;
    if (byte === quote) {
      const start = cursor.position;
      isFilled = cursor.skipString();
      cursor.places?.add(kind, start, cursor.position);
    } else if (byte === openArray) {
      for (let more = cursor.enterArray(); more; more = cursor.nextElement()) {
        isFilled = true;
        cursor.skipValue();
      }
      cursor.places?.spoil();
    } else {
      cursor.skipValue();
    }
    if (!isFilled) return;
    if (kind === 'answer') this.hasAnswer = true;
    else this.hasReasoning = true;
  }
}

const quote = 0x22;
const openArray = 0x5b;
const openObject = 0x7b;
const letterN = 0x6e;
const letterF = 0x66;
