import { fieldOf, textIn } from './json-field.ts';

/** The endings that published quantised checkpoints have beside the name of their model. */
export const quantizedSuffix = /-(gptq-int4|gptq-int8|awq)$/i;

// Their weights are floating-point numbers of 8 bits; every other method packs them into integers.
const floatingMethods: ReadonlySet<string> = new Set(['fp8', 'fbgemm_fp8', 'deepseek_v4_fp8', 'fp8_per_tensor']);

/**
 * The quantisation of a checkpoint whose weights are packed integers, by its config.json (parsed) or, where that
 * is null, by its name; null: there is none, or its weights are floating-point numbers. Integers are what engines leave unset when they make dummy weights.
 */
export function packedQuantization(name: string, config: unknown): string | null {
  if (config === null) return quantizedSuffix.exec(name)?.[1] ?? null;
  const quantization = fieldOf(config, 'quantization_config');
  const method = textIn(quantization, 'quant_method')?.toLowerCase() ?? null;
  if (method === null) return unnamedMethod(quantization);
  if (floatingMethods.has(method)) return null;
  if (method === 'modelopt' && textIn(quantization, 'quant_algo')?.toUpperCase() === 'FP8') return null;
  if (method === 'compressed-tensors' && hasFloatingGroups(quantization)) return null;
  return method;
}

// bitsandbytes once wrote its own flags and no method.
function unnamedMethod(quantization: unknown): string | null {
  const isBitsAndBytes =
    fieldOf(quantization, 'load_in_4bit') === true || fieldOf(quantization, 'load_in_8bit') === true;
  return isBitsAndBytes ? 'bitsandbytes' : null;
}

function hasFloatingGroups(quantization: unknown): boolean {
  const groups = fieldOf(quantization, 'config_groups');
  const weights = typeof groups === 'object' && groups !== null ? Object.values(groups).map(weightsOf) : [];
  return (
    weights.length > 0 && weights.every((one) => fieldOf(one, 'type') === 'float' && fieldOf(one, 'num_bits') === 8)
  );
}

function weightsOf(group: unknown): unknown {
  return fieldOf(group, 'weights');
}
