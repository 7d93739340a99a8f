import type { FieldDefinition } from '../../contract/summary.ts';

const ofRow = (field: string, unit: string, formula: string): FieldDefinition => ({
  path: `rows[].bound.${field}`,
  unit,
  formula,
  n: 1,
  method: 'beside the calibration',
});

/** What the numbers of `rows[].bound` mean. */
export const boundFields: readonly FieldDefinition[] = [
  ofRow('ttftShare', 'ratio', 'calibrated latency floor, p50 / median TTFT'),
  ofRow('gapShare', 'ratio', 'calibrated stamp error, p50 / mean gap between tokens'),
  ofRow('rateShare', 'ratio', 'tokens/s of the row / (calibrated highest rate x client threads)'),
  ofRow('roundTripMs', 'ms', 'shortest time to the answer of the system when a connection was opened'),
  ofRow('roundTripShare', 'ratio', '(round trip - calibrated round trip on this machine) / median TTFT'),
];
