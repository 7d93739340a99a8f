import type { AnswerPlan } from './answer-plan.ts';
import { generatedToken, textOfToken } from './reference-tokens.ts';
import { engineDeath } from './refusal.ts';

/** The events of one answer as bytes. */
export interface EventFormat {
  /** The event of a chunk; chunks are asked for in order. */
  chunk(chunk: number): Buffer;
  /** The event that tells of an engine's end. */
  death(): Buffer;
}

/** In vLLM's fields and their order. */
export class WireFormat implements EventFormat {
  readonly #plan: AnswerPlan;
  readonly #head: string;
  #produced = 0;

  constructor(plan: AnswerPlan) {
    this.#plan = plan;
    this.#head = headOf(plan, plan.request.endpoint === 'chat' ? 'chat.completion.chunk' : 'text_completion');
  }

  /** Chat's first event: the role and an empty content. */
  role(): Buffer {
    const choice = '{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}';
    const promptIds = this.#plan.request.returnTokenIds ? JSON.stringify(this.#plan.request.promptIds) : 'null';
    return jsonEvent(
      `${this.#head},"choices":[${choice}]${this.#running(0)},"prompt_token_ids":${promptIds},"prompt_text":null}`,
    );
  }

  chunk(chunk: number): Buffer {
    const plan = this.#plan;
    const begin = this.#produced;
    this.#produced += plan.schedule.tokens[chunk] ?? 0;
    const isLast = chunk === plan.schedule.tokens.length - 1;
    const finish = isLast ? `"${plan.finishReason}"` : 'null';
    const tokens = { begin, end: this.#produced };
    const choice =
      plan.request.endpoint === 'chat' ? chatChoice(plan, tokens, finish) : textChoice(plan, tokens, finish);
    const json = `${this.#head},"choices":[${choice}]${this.#running(this.#produced)}}`;
    return plan.spoilt?.chunk === chunk ? spoiltEvent(json, plan.spoilt.by) : jsonEvent(json);
  }

  /** The last event before [DONE], its choices empty. */
  usage(): Buffer {
    const fingerprint = '"system_fingerprint":"tokometer-reference"';
    return jsonEvent(
      `${this.#head},"choices":[],"usage":${usageOf(this.#plan, this.#plan.outputTokens)},${fingerprint}}`,
    );
  }

  /** With the blanks that Python's encoder leaves. */
  death(): Buffer {
    const fields = Object.entries(engineDeath().body().error).map(
      ([name, value]) => `"${name}": ${JSON.stringify(value)}`,
    );
    return jsonEvent(`{"error": {${fields.join(', ')}}}`);
  }

  #running(outputTokens: number): string {
    return this.#plan.runningUsage ? `,"usage":${usageOf(this.#plan, outputTokens)}` : '';
  }
}

export const doneEvent = Buffer.from('data: [DONE]\n\n');

/** The body of an answer that is not streamed. */
export function wholeBody(plan: AnswerPlan): Buffer {
  const chat = plan.request.endpoint === 'chat';
  const reasoning = textOf(plan, 0, plan.reasoningTokens);
  const answer = JSON.stringify(textOf(plan, plan.reasoningTokens, plan.outputTokens));
  const end = `"logprobs":null,"finish_reason":"${plan.finishReason}","stop_reason":null,${idsField(plan, 0, plan.outputTokens)}`;
  const thought = reasoning === '' ? 'null' : JSON.stringify(reasoning);
  const message = `{"role":"assistant","content":${answer},"refusal":null,"tool_calls":[],"reasoning_content":${thought}}`;
  const choice = chat ? `{"index":0,"message":${message},${end}}` : `{"index":0,"text":${answer},${end}}`;
  const usage = plan.finalUsage ? usageOf(plan, plan.outputTokens) : 'null';
  const head = headOf(plan, chat ? 'chat.completion' : 'text_completion');
  const json = `${head},"choices":[${choice}],"service_tier":null,"system_fingerprint":null,"usage":${usage}}`;
  return plan.spoilt === null ? Buffer.from(json) : damaged(json, plan.spoilt.by);
}

function headOf(plan: AnswerPlan, object: string): string {
  const prefix = plan.request.endpoint === 'chat' ? 'chatcmpl' : 'cmpl';
  const id = `${prefix}-${plan.index.toString(16).padStart(16, '0')}`;
  return `{"id":"${id}","object":"${object}","created":${plan.created},"model":${JSON.stringify(plan.model)}`;
}

function textChoice(plan: AnswerPlan, tokens: { begin: number; end: number }, finish: string): string {
  const text = JSON.stringify(textOf(plan, tokens.begin, tokens.end));
  const isFirst = tokens.begin === 0;
  const promptIds = plan.request.returnTokenIds && isFirst ? JSON.stringify(plan.request.promptIds) : 'null';
  const ids = idsField(plan, tokens.begin, tokens.end);
  return `{"index":0,"text":${text},"logprobs":null,"finish_reason":${finish},"stop_reason":null,"prompt_token_ids":${promptIds},${ids}}`;
}

function chatChoice(plan: AnswerPlan, tokens: { begin: number; end: number }, finish: string): string {
  const border = Math.min(Math.max(plan.reasoningTokens, tokens.begin), tokens.end);
  const reasoning = textOf(plan, tokens.begin, border);
  const answer = textOf(plan, border, tokens.end);
  const delta: string[] = [];
  if (reasoning !== '') delta.push(`"reasoning_content":${JSON.stringify(reasoning)}`);
  if (answer !== '' || reasoning === '') delta.push(`"content":${JSON.stringify(answer)}`);
  const stopReason = finish === 'null' ? '' : ',"stop_reason":null';
  const ids = idsField(plan, tokens.begin, tokens.end);
  return `{"index":0,"delta":{${delta.join(',')}},"logprobs":null,"finish_reason":${finish}${stopReason},${ids}}`;
}

function usageOf(plan: AnswerPlan, outputTokens: number): string {
  const prompt = plan.promptTokensSaid;
  const cached = plan.cachedTokens;
  const details = cached === null ? '' : `,"prompt_tokens_details":{"cached_tokens":${cached}}`;
  return `{"prompt_tokens":${prompt},"total_tokens":${prompt + outputTokens},"completion_tokens":${outputTokens}${details}}`;
}

function idsField(plan: AnswerPlan, begin: number, end: number): string {
  return `"token_ids":${plan.request.returnTokenIds ? JSON.stringify(tokensOf(plan, begin, end)) : 'null'}`;
}

/** The text of the tokens from `begin` to before `end`. */
export function textOf(plan: AnswerPlan, begin: number, end: number): string {
  return tokensOf(plan, begin, end).map(textOfToken).join('');
}

/** The ids of the tokens from `begin` to before `end`. */
export function tokensOf(plan: AnswerPlan, begin: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - begin) }, (_, place) => generatedToken(plan.index, begin + place));
}

/** One server-sent event. */
export function jsonEvent(json: string): Buffer {
  return Buffer.from(`data: ${json}\n\n`);
}

/** An event that is broken on its way. */
export function spoiltEvent(json: string, by: 'bad-utf8' | 'broken-json'): Buffer {
  return Buffer.concat([Buffer.from('data: '), damaged(json, by), Buffer.from('\n\n')]);
}

// The text's first blank becomes a lead byte without its follower; or the second half of the JSON is missing.
function damaged(json: string, by: 'bad-utf8' | 'broken-json'): Buffer {
  const bytes = Buffer.from(json);
  if (by === 'broken-json') return bytes.subarray(0, Math.floor(bytes.length / 2));
  const text = /"(?:text|content|reasoning_content)":"/.exec(json);
  const place = text === null ? bytes.length - 1 : Buffer.byteLength(json.slice(0, text.index + text[0].length));
  return Buffer.concat([bytes.subarray(0, place), Buffer.from([0xe7, 0x86, 0xff]), bytes.subarray(place)]);
}
