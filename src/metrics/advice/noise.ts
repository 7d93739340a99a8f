import type { Advice, NoiseReason } from '../../contract/summary.ts';
import { rowName } from './rule.ts';
import type { AdviceRule } from './rule.ts';

function noiseRule(reason: NoiseReason, hint: string): AdviceRule {
  return ({ rows }): Advice | null => {
    const noisy = rows.flatMap((row) => {
      const noise = row.noise.find((one) => one.reason === reason);
      return noise === undefined ? [] : [{ row, text: noise.text }];
    });
    const [first] = noisy;
    if (first === undefined) return null;
    const place = noisy.length > 1 ? ` in ${rowName(first.row)}` : '';
    return {
      id: reason.toLowerCase().replaceAll(' ', '-'),
      text: `${reason}: ${first.text}${place}.`,
      hint,
      rows: noisy.map(({ row }) => row.cell),
    };
  };
}

/** Others were at work while rows were measured, or the machine changed its speed. */
export const noiseRules: readonly AdviceRule[] = [
  noiseRule('foreign CPU load', 'stop what else runs on this machine, or measure the rows again when it is quiet'),
  noiseRule('foreign GPU process', 'stop it, or choose idle devices with --gpus'),
  noiseRule('foreign requests', 'stop the other clients of the server, or measure the rows again when they are gone'),
  noiseRule(
    'clock change',
    'lock the clocks (nvidia-smi -lgc, CPU governor performance), or warm up longer with --warmup-num',
  ),
  noiseRule(
    'throttled',
    'cool the machine, or raise its limits: the CPU quota of the container, the power limit of the GPU',
  ),
];
