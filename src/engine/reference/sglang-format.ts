import type { AnswerPlan } from './answer-plan.ts';
import type { Refusal } from './refusal.ts';
import { type EventFormat, jsonEvent, spoiltEvent, textOf, tokensOf } from './wire-format.ts';

/** The events of one answer of `/generate` as bytes, in the fields of SGLang 0.5.23 and their order. */
export class SglangFormat implements EventFormat {
  readonly #plan: AnswerPlan;
  #produced = 0;

  constructor(plan: AnswerPlan) {
    this.#plan = plan;
  }

  chunk(chunk: number): Buffer {
    const plan = this.#plan;
    const begin = plan.request.native?.newIdsOnly === true ? this.#produced : 0;
    const isFirst = this.#produced === 0;
    this.#produced += plan.schedule.tokens[chunk] ?? 0;
    const isLast = chunk === plan.schedule.tokens.length - 1;
    const json = outputOf(plan, { begin, end: this.#produced, isFirst, finish: isLast ? finishOf(plan) : 'null' });
    return plan.spoilt?.chunk === chunk ? spoiltEvent(json, plan.spoilt.by) : jsonEvent(json);
  }

  /** The scheduler gives up: an event like any other, but for its finish reason. */
  death(): Buffer {
    const message = '"The engine gave this request up."';
    const finish = `{"type":"abort","message":${message},"status_code":500,"err_type":"InternalServerError"}`;
    const begin = this.#plan.request.native?.newIdsOnly === true ? this.#produced : 0;
    return jsonEvent(outputOf(this.#plan, { begin, end: this.#produced, isFirst: false, finish }));
  }
}

/** The body of an answer that is not streamed. */
export function sglangBody(plan: AnswerPlan): string {
  return outputOf(plan, { begin: 0, end: plan.outputTokens, isFirst: true, finish: finishOf(plan) });
}

/** A refusal as a stream's only event. */
export function sglangRefusal({ message, status }: Refusal): Buffer {
  const error = { message, type: 'invalid_request_error', code: status, retryable: false };
  return jsonEvent(JSON.stringify({ error }));
}

interface Output {
  readonly begin: number;
  readonly end: number;
  readonly isFirst: boolean;
  readonly finish: string;
}

function outputOf(plan: AnswerPlan, { begin, end, isFirst, finish }: Output): string {
  const text = plan.request.native?.hasText === true ? `"text":${JSON.stringify(textOf(plan, begin, end))},` : '';
  const cached = plan.cachedTokens === null ? '' : `,"cached_tokens":${plan.cachedTokens}`;
  const counts = plan.runningUsage ? `"reasoning_tokens":0,"completion_tokens":${end}${cached},` : '';
  const prompt = plan.runningUsage ? `"prompt_tokens":${plan.promptTokensSaid},` : '';
  const sent = isFirst ? `,"response_sent_to_client_ts":${Date.now() / 1000}` : '';
  const head = `"id":"${plan.index.toString(16).padStart(32, '0')}","finish_reason":${finish},${prompt}`;
  const meta = `{${head}"weight_version":"default","num_retractions":0,${counts}"dp_rank":null${sent}}`;
  return `{${text}"output_ids":[${tokensOf(plan, begin, end).join(',')}],"meta_info":${meta}}`;
}

function finishOf(plan: AnswerPlan): string {
  if (plan.finishReason === 'length') return `{"type":"length","length":${plan.outputTokens}}`;
  return '{"type":"stop","matched":151643}';
}
