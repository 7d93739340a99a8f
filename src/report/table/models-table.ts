import CliTable from 'cli-table3';

import { formatBytes, formatCount } from '../../base/units.ts';

/** What a list of models shows of each. */
export interface ModelLine {
  readonly model: string;
  readonly format: string;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  readonly contextLength: number;
  readonly fits: boolean;
}

/** The models as a table, with what the last column means below it. */
export function renderModels(models: readonly ModelLine[], device: { name: string; bytes: number }): string {
  const table = new CliTable({
    head: ['Model', 'Weights', 'Parameters', 'Weight bytes', 'KV bytes/token', 'Context', 'Fits'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'center'],
    style: { head: [], border: [], compact: true },
  });
  for (const one of models) {
    table.push([
      one.model,
      one.format,
      `${(one.parameters / 1e9).toFixed(2)} B`,
      formatBytes(one.weightBytes),
      formatCount(one.kvBytesPerToken),
      formatCount(one.contextLength),
      one.fits ? 'yes' : 'no',
    ]);
  }
  return `${table.toString()}
Fits   weights and the keys and values of 30,720 + 2,048 tokens (16 bits) in 90 % of ${formatBytes(device.bytes)}, ${device.name}
Names  each can be given to --model, or with --load-format dummy without a download
`;
}
