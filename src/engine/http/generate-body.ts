import { type BodyInput, lengthRule, type OptionalField, type RequestBody, withPrompt } from './request-fields.ts';

/**
 * The JSON body of SGLang's own `POST /generate`, as 0.5.23 reads it: the prompt as `input_ids` or `text`, all else in
 * `sampling_params`, where a name that it does not know is refused. Without a tokenizer it takes ids alone and refuses
 * `min_new_tokens`; there is no field for the model. The user's extra arguments are merged last and win, those of
 * `sampling_params` one by one.
 */
export function generateBody({ spec, stream, without, withMinTokens }: BodyInput): RequestBody {
  const fields = new Set<OptionalField>();
  const may = (field: OptionalField): boolean => {
    if (without.has(field)) return false;
    fields.add(field);
    return true;
  };
  const sampling: Record<string, unknown> = { max_new_tokens: spec.outputTokens };
  if (spec.temperature !== null) sampling['temperature'] = spec.temperature;
  const fewest = spec.minOutputTokens;
  const exact = fewest === spec.outputTokens;
  if (exact && may('ignore_eos')) sampling['ignore_eos'] = true;
  const needsFewest = fewest !== null && (!exact || withMinTokens || without.has('ignore_eos'));
  if (needsFewest && may('min_new_tokens')) sampling['min_new_tokens'] = fewest;
  const { sampling_params: own, ...others } = spec.extraArguments;
  if (typeof own === 'object' && own !== null) {
    Object.assign(sampling, own);
    for (const field of fields) if (field in own) fields.delete(field);
  }
  const body = { sampling_params: sampling, stream, ...others };
  const given = ['input_ids', 'text'].find((name) => name in others);
  const prompt = given ?? (spec.prompt.kind === 'ids' ? 'input_ids' : 'text');
  return {
    json: withPrompt(body, prompt, spec.prompt),
    lengthRule: lengthRule(sampling['ignore_eos'], sampling['min_new_tokens']),
    fields,
  };
}
