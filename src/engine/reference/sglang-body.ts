import { isFields, type BodyRules, type GenerationRequest } from './request-body.ts';
import { refusedField } from './fault.ts';
import { tokenizeText, vocabularySize } from './reference-tokens.ts';
import { ContractRefusal, Refusal } from './refusal.ts';

/** What an SGLang server accepts on its `/generate`. */
export interface SglangRules extends BodyRules {
  /** Without a tokenizer it takes ids alone. */
  readonly tokenize: boolean;
  readonly incrementalOutput?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

// What a speed benchmark sends, of the names that SGLang 0.5.23 knows: it refuses every other.
const knownFields: readonly string[] = [
  'max_new_tokens',
  'min_new_tokens',
  'ignore_eos',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'stream_interval',
];

/** Reads a body of `/generate` as SGLang does, and refuses in its words. Throws Refusal, for a wrong shape ContractRefusal. */
export function readSglangGeneration(body: unknown, rules: SglangRules): GenerationRequest {
  if (!isFields(body)) throw new ContractRefusal('invalid type, expected struct GenerateRequest');
  const sampling: unknown = body['sampling_params'] ?? {};
  if (!isFields(sampling)) throw new ContractRefusal('invalid type, expected struct SamplingParams');
  const refused = [...rules.faults].map(refusedField);
  for (const name of Object.keys(sampling)) {
    if (knownFields.includes(name) && !refused.includes(name)) continue;
    throw new ContractRefusal(`unknown field \`${name}\`, expected one of ${knownFields.map(quoted).join(', ')}`);
  }
  const promptIds = readInput(body, rules);
  const fewest = readCount(sampling, 'min_new_tokens') ?? 0;
  if (fewest > 0 && !rules.tokenize) {
    throw refusal(
      `min_new_tokens=${fewest} is unavailable when skip_tokenizer_init=True (requires tokenizer for eos_token_id).`,
    );
  }
  const maxTokens = readCount(sampling, 'max_new_tokens') ?? defaultMaxTokens;
  if (fewest > maxTokens) {
    throw refusal(`min_new_tokens must be in [0, max_new_tokens(${maxTokens})], got ${fewest}.`);
  }
  checkLength(promptIds.length + rules.addedTokens, maxTokens, rules.maxLength);
  return {
    endpoint: 'generate',
    promptIds,
    maxTokens,
    leastTokens: sampling['ignore_eos'] === true ? maxTokens : fewest,
    stream: body['stream'] === true,
    includeUsage: true,
    continuousUsage: true,
    returnTokenIds: true,
    native: { hasText: rules.tokenize, newIdsOnly: rules.incrementalOutput === true },
  };
}

const defaultMaxTokens = 128;

function readInput(body: Fields, rules: SglangRules): number[] {
  const { input_ids: ids, text } = body;
  if (ids === undefined || ids === null) {
    if (typeof text !== 'string') throw refusal('Either text, input_ids or input_embeds should be provided.');
    if (rules.tokenize) return tokenizeText(text);
    throw refusal(
      'The engine initialized with skip_tokenizer_init=True cannot accept text prompts. Please provide input_ids or ' +
        're-initialize the engine with skip_tokenizer_init=False.',
    );
  }
  if (!rules.promptIds || rules.faults.has('refuse-ids')) throw new ContractRefusal('unknown field `input_ids`');
  if (!Array.isArray(ids) || !ids.every(isId)) throw new ContractRefusal('invalid type, expected a list of token ids');
  return ids;
}

function isId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabularySize;
}

function readCount(fields: Fields, name: string): number | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new ContractRefusal('invalid type, expected i64');
  if (value < 0) throw refusal(`${name} must be at least 0, got ${value}.`);
  return value;
}

function checkLength(promptTokens: number, maxTokens: number, maxLength: number): void {
  if (promptTokens >= maxLength) {
    throw refusal(
      `The input (${promptTokens} tokens) is longer than the model's context length (${maxLength} tokens).`,
    );
  }
  if (promptTokens + maxTokens <= maxLength) return;
  throw refusal(
    `Requested token count exceeds the model's maximum context length of ${maxLength} tokens. You requested a total of ` +
      `${promptTokens + maxTokens} tokens: ${promptTokens} tokens from the input messages and ${maxTokens} tokens for ` +
      'the completion. Please reduce the number of tokens in the input messages or the completion to fit within the limit.',
  );
}

function refusal(message: string): Refusal {
  return new Refusal(400, message, null);
}

function quoted(name: string): string {
  return `\`${name}\``;
}
