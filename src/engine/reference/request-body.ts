import type { FaultKind } from './fault.ts';
import { refusedField } from './fault.ts';
import { tokenizeText, vocabularySize } from './reference-tokens.ts';
import { Refusal } from './refusal.ts';

/** A checked generation request, as far as the script needs it. */
export interface GenerationRequest {
  readonly endpoint: 'completions' | 'chat' | 'generate';
  readonly promptIds: readonly number[];
  readonly maxTokens: number;
  /** Tokens below which the script may not stop. */
  readonly leastTokens: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly continuousUsage: boolean;
  readonly returnTokenIds: boolean;
  /** How /generate writes its events; null on the other endpoints. */
  readonly native: { readonly hasText: boolean; readonly newIdsOnly: boolean } | null;
}

/** What a server accepts. */
export interface BodyRules {
  readonly model: string;
  readonly strictModel: boolean;
  readonly maxLength: number;
  readonly promptIds: boolean;
  readonly addedTokens: number;
  readonly faults: ReadonlySet<FaultKind>;
}

type Fields = Readonly<Record<string, unknown>>;

// Without max_tokens: 16 as OpenAI's completions; chat, whose own default is all that is left, would go on for minutes.
const defaultMaxTokens = { completions: 16, chat: 256 };

/** Reads a body as vLLM does, and refuses in its words. Throws Refusal. */
export function readGeneration(endpoint: 'completions' | 'chat', body: unknown, rules: BodyRules): GenerationRequest {
  if (!isFields(body)) throw new Refusal(400, 'Input should be a valid dictionary', null);
  refuseFields(body, rules);
  checkModel(body['model'], rules);
  const promptIds = endpoint === 'chat' ? readMessages(body['messages']) : readPrompt(body['prompt'], rules);
  const minTokens = readCount(body, 'min_tokens') ?? 0;
  const asked =
    (endpoint === 'chat' ? readCount(body, 'max_completion_tokens') : null) ?? readCount(body, 'max_tokens');
  const maxTokens = fitLength(asked, promptIds.length + rules.addedTokens, { endpoint, maxLength: rules.maxLength });
  if (minTokens > maxTokens) {
    const message = `min_tokens must be less than or equal to max_tokens=${maxTokens}, got ${minTokens}.`;
    throw new Refusal(400, message, 'min_tokens');
  }
  if (typeof body['n'] === 'number' && body['n'] !== 1) throw new Refusal(400, 'n must be 1.', 'n');
  const stream = body['stream'] === true;
  const streamOptions = isFields(body['stream_options']) ? body['stream_options'] : {};
  if (!stream && isFields(body['stream_options'])) {
    throw new Refusal(400, 'Stream options can only be defined when `stream=True`.', 'stream_options');
  }
  return {
    endpoint,
    promptIds,
    maxTokens,
    leastTokens: body['ignore_eos'] === true ? maxTokens : minTokens,
    stream,
    includeUsage: streamOptions['include_usage'] === true,
    continuousUsage: streamOptions['continuous_usage_stats'] === true,
    returnTokenIds: body['return_token_ids'] === true,
    native: null,
  };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A strict server refuses every model name but its own; no name at all is fine. */
export function checkModel(model: unknown, served: Pick<BodyRules, 'model' | 'strictModel'>): void {
  if (!served.strictModel || model === undefined || model === null || model === served.model) return;
  const name = typeof model === 'string' ? model : JSON.stringify(model);
  throw new Refusal(404, `The model \`${name}\` does not exist.`, 'model');
}

/** The text of chat messages, contents one after another; no template is added. */
export function readMessages(messages: unknown): number[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new Refusal(400, 'messages must be a list that is not empty', 'messages');
  }
  return messages.flatMap((message: unknown) => tokenizeText(isFields(message) ? readContent(message['content']) : ''));
}

function readContent(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content.map((part: unknown) =>
    isFields(part) && typeof part['text'] === 'string' ? part['text'] : '',
  );
  return parts.join(' ');
}

function refuseFields(body: Fields, rules: BodyRules): void {
  for (const kind of rules.faults) {
    const field = refusedField(kind);
    if (field === null || body[field] === undefined) continue;
    throw new Refusal(400, `body.${field}: Extra inputs are not permitted`, field);
  }
}

function readPrompt(prompt: unknown, rules: BodyRules): number[] {
  // A list that holds one prompt is that prompt.
  const inner: unknown =
    Array.isArray(prompt) && prompt.length === 1 && typeof prompt[0] !== 'number' ? prompt[0] : prompt;
  if (typeof inner === 'string') {
    const ids = tokenizeText(inner);
    if (ids.length === 0 && rules.addedTokens === 0) throw emptyPrompt();
    return ids;
  }
  if (!Array.isArray(inner)) throw new Refusal(400, 'prompt must be a string or a list of token ids', 'prompt');
  if (inner.length === 0) throw emptyPrompt();
  if (!rules.promptIds || rules.faults.has('refuse-ids')) {
    throw new Refusal(400, 'prompt: Input should be a valid string', 'prompt');
  }
  return inner.map((id: unknown) => {
    if (typeof id !== 'number' || !Number.isInteger(id)) {
      throw new Refusal(400, 'prompt: one prompt a request, as a string or as a list of token ids', 'prompt');
    }
    if (id < 0 || id >= vocabularySize) throw new Refusal(400, `Token id ${id} is out of vocabulary`, 'prompt');
    return id;
  });
}

function emptyPrompt(): Refusal {
  return new Refusal(400, 'The prompt cannot be empty', 'prompt');
}

function readCount(body: Fields, name: string): number | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  const least = name === 'min_tokens' ? 0 : 1;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new Refusal(400, `${name}: Input should be a valid integer`, name);
  }
  if (value < least) throw new Refusal(400, `${name} must be at least ${least}, got ${value}.`, name);
  return value;
}

function fitLength(
  asked: number | null,
  promptTokens: number,
  limits: { endpoint: 'completions' | 'chat'; maxLength: number },
): number {
  const { maxLength } = limits;
  const words = `This model's maximum context length is ${maxLength} tokens`;
  if (promptTokens >= maxLength) {
    const message = `${words}. However, your request has ${promptTokens} input tokens. Please reduce the length of the input messages.`;
    throw new Refusal(400, message, 'input_tokens');
  }
  const room = maxLength - promptTokens;
  if (asked === null) return Math.min(room, defaultMaxTokens[limits.endpoint]);
  if (asked <= room) return asked;
  const sum = `${asked} > ${maxLength} - ${promptTokens}`;
  const message = `'max_tokens' or 'max_completion_tokens' is too large: ${asked}. ${words} and your request has ${promptTokens} input tokens (${sum}).`;
  throw new Refusal(400, message, 'max_tokens');
}
