import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** Lengths were scaled to the machine. */
export function lengthsScaled({ workload }: AdviceFacts): Advice | null {
  const scale = workload?.scale ?? null;
  if (scale === null) return null;
  return {
    id: 'lengths-scaled',
    text: `${scale.reason}. Compare with runs of the same lengths only.`,
    hint: 'a larger --fit, or none, runs longer lengths; --prompt-lengths sets them',
    rows: [],
  };
}
