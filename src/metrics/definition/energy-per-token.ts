import { noMeasurement, noRequest } from '../aggregate.ts';
import { defineMetric } from '../define-metric.ts';
import { isMissing } from '../missing.ts';
import { gpuEnergy, packageEnergy } from '../noise/energy.ts';

/**
 * Joules for each generated token: of the GPUs, or of the CPU packages where the CPU computes. The prefill's energy is in
 * it. An integral of sampled power says in its method that it is an estimate.
 */
export const energyPerToken = defineMetric({
  id: 'energy_per_token',
  label: 'Energy per generated token',
  unit: 'J',
  better: 'lower',
  formula: 'energy of GPUs, or of CPU packages, while measured requests ran / sum of G',
  derived: ({ engine, requests, samples }) => {
    if (requests.length === 0) return noMeasurement(noRequest, 'none');
    const energy = engine.gpuCount === 0 ? packageEnergy(samples) : gpuEnergy(samples);
    if (isMissing(energy)) return noMeasurement(energy.missing, 'none');
    const tokens = requests.reduce((sum, { outputTokens }) => sum + (outputTokens ?? NaN), 0);
    if (!(tokens > 0)) return noMeasurement('the generated tokens were not counted', 'none');
    const value = energy.joules / tokens;
    return {
      value,
      reason: null,
      n: requests.length,
      method: energy.method,
      interval: null,
      spread: null,
      percentiles: [],
      raw: [],
      executions: [],
    };
  },
});
