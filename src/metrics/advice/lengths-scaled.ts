import { formatCount } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** Lengths were scaled to the machine. */
export function lengthsScaled({ workload }: AdviceFacts): Advice | null {
  const scale = workload?.scale ?? null;
  if (scale === null) return null;
  const prompts = scale.plannedPromptTokens.map(formatCount).join(', ');
  return {
    id: 'lengths-scaled',
    text:
      `Lengths are scaled by ${scale.factor.toPrecision(2)} (${scale.reason}); planned were prompts of ${prompts} and ` +
      `${formatCount(scale.plannedOutputTokens)} generated tokens. Compare with runs of the same lengths only.`,
    hint: 'a larger --fit, or none, runs longer lengths; --prompt-lengths sets them',
    rows: [],
  };
}
