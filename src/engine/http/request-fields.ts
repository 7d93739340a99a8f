import type { LengthRule, Prompt, RequestSpec } from '../../contract/request.ts';

/**
 * Fields that a server may refuse; each is dropped for the rest of the run when it does. The least needed come first,
 * and a part of a field before the whole.
 */
export const optionalFields = [
  'timings_per_token',
  'cache_prompt',
  'continuous_usage_stats',
  'min_tokens',
  'min_new_tokens',
  'ignore_eos',
  'stream_options',
] as const;

export type OptionalField = (typeof optionalFields)[number];

export interface BodyInput {
  readonly spec: RequestSpec;
  readonly model: string;
  readonly stream: boolean;
  /** The prompt becomes a message of the user. */
  readonly chat?: boolean;
  /** Fields that may not be sent. */
  readonly without: ReadonlySet<OptionalField>;
  /** Send `min_tokens` or `min_new_tokens` beside `ignore_eos`: an output came short without it. */
  readonly withMinTokens: boolean;
}

export interface RequestBody {
  readonly json: string;
  readonly lengthRule: LengthRule;
  /** Optional fields that Tokometer put in; those of the user's own are not among them. */
  readonly fields: ReadonlySet<OptionalField>;
}

/** The JSON body of a completions or chat request. The user's extra arguments are merged last and win. */
export function completionBody(input: BodyInput): RequestBody {
  const { spec, without } = input;
  const fields = new Set<OptionalField>();
  const may = (field: OptionalField): boolean => {
    if (without.has(field)) return false;
    fields.add(field);
    return true;
  };
  const body: Record<string, unknown> = { model: input.model, max_tokens: spec.outputTokens, stream: input.stream };
  if (input.stream && may('stream_options')) {
    const running = may('continuous_usage_stats') ? { continuous_usage_stats: true } : {};
    body['stream_options'] = { include_usage: true, ...running };
  }
  if (spec.temperature !== null) body['temperature'] = spec.temperature;
  const minimum = spec.minOutputTokens;
  const exact = minimum !== null && minimum === spec.outputTokens;
  if (exact && may('ignore_eos')) body['ignore_eos'] = true;
  const needsMinimum = minimum !== null && (!exact || input.withMinTokens || without.has('ignore_eos'));
  if (needsMinimum && may('min_tokens')) body['min_tokens'] = minimum;
  if (may('cache_prompt')) body['cache_prompt'] = false;
  if (input.stream && may('timings_per_token')) body['timings_per_token'] = true;
  for (const [name, value] of Object.entries(spec.extraArguments)) {
    body[name] = value;
    const own = optionalFields.find((field) => field === name);
    if (own !== undefined) fields.delete(own);
    if (own === 'stream_options') fields.delete('continuous_usage_stats');
  }
  return {
    json: input.chat === true ? withMessage(body, spec) : withPrompt(body, 'prompt', spec.prompt),
    lengthRule: lengthRule(body['ignore_eos'], body['min_tokens']),
    fields,
  };
}

/** A body with its prompt last, under this name. */
export function withPrompt(body: Readonly<Record<string, unknown>>, name: string, prompt: Prompt): string {
  if (name in body) return JSON.stringify(body);
  // Written by hand: JSON.stringify of 129,024 ids would first copy them into an array.
  const written = prompt.kind === 'ids' ? `[${prompt.ids.join(',')}]` : JSON.stringify(prompt.text);
  return `${JSON.stringify(body).slice(0, -1)},"${name}":${written}}`;
}

// Token ids have no place in a message: the server refuses them, in its own words.
function withMessage(body: Record<string, unknown>, { prompt }: RequestSpec): string {
  if ('messages' in body) return JSON.stringify(body);
  const content = prompt.kind === 'text' ? prompt.text : [...prompt.ids];
  return JSON.stringify({ ...body, messages: [{ role: 'user', content }] });
}

/** What holds the output at its length, by the fields as they are sent. */
export function lengthRule(ignoreEos: unknown, fewest: unknown): LengthRule {
  const hasFewest = typeof fewest === 'number' && fewest > 0;
  if (ignoreEos === true) return hasFewest ? 'ignore_eos+min_tokens' : 'ignore_eos';
  return hasFewest ? 'min_tokens' : 'none';
}

/** The sent optional field that a server's refusal names, or null. */
export function refusedField(words: string, sent: ReadonlySet<OptionalField>): OptionalField | null {
  const named = optionalFields.find((field) => sent.has(field) && new RegExp(`\\b${field}\\b`, 'i').test(words));
  return named ?? null;
}
