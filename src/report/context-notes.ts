import { formatSignificant } from '../base/units.ts';
import type { SummaryRow, SummaryValue } from '../contract/summary.ts';
import { valueOf } from './row-values.ts';

interface Fact {
  readonly kind: 'fact';
  readonly label: string;
  readonly text: string;
}

/** What the numbers stand beside: what was published for the same, and what the hardware allows. */
export function contextNotes(rows: readonly SummaryRow[]): Fact[] {
  const notes: [label: string, text: string | null][] = [
    ['Published', publishedText(rows)],
    ['Roofline', rooflineText(rows)],
  ];
  return notes.flatMap(([label, text]) => (text === null ? [] : [{ kind: 'fact', label, text }]));
}

// The nearest figure of each row; the others are in summary.json.
function publishedText(rows: readonly SummaryRow[]): string | null {
  const figures = rows.map((row) => row.published[0] ?? null);
  const [first] = figures.filter((figure) => figure !== null);
  if (first === undefined) return null;
  const values = figures.map((figure) => figure?.published.value?.toFixed(2) ?? 'n/a');
  const ratios = figures.map((figure) =>
    figure?.ratio.value == null ? 'n/a' : formatSignificant(figure.ratio.value, 3),
  );
  const differences = [...new Set(figures.flatMap((figure) => figure?.differences ?? []))];
  const { framework, version, hardware, quantization, source, published } = first;
  return (
    `${values.join(' / ')} ${published.unit}, row by row (${published.label}, ${published.formula}; ${framework} ` +
    `${version ?? 'of unknown version'}, ${hardware}, ${quantization}); here ${ratios.join(' / ')} of it. ` +
    `${differences.length === 0 ? 'Nothing known differs' : `What differs: ${differences.join('; ')}`}. ${source}`
  );
}

function rooflineText(rows: readonly SummaryRow[]): string | null {
  const parts = [useText(rows, 'bandwidthUse', 'decode uses'), useText(rows, 'computeUse', 'prefill uses')].filter(
    (part) => part !== null,
  );
  if (parts.length > 0) return parts.join('; ');
  // Without a peak the traffic itself is still worth a line.
  const traffic = rows.map((row) => valueOf(row, 'traffic'));
  if (traffic.every((value) => value?.value == null)) return null;
  const reason = rows.map((row) => valueOf(row, 'bandwidthUse')?.reason ?? null).find((one) => one !== null);
  return `decode reads ${listed(traffic)} GB/s, row by row${reason === undefined ? '' : `; ${reason}`}`;
}

function useText(rows: readonly SummaryRow[], name: 'bandwidthUse' | 'computeUse', verb: string): string | null {
  const values = rows.map((row) => valueOf(row, name));
  const known = values.find((value) => value?.value != null);
  return known == null ? null : `${verb} ${listed(values)} %, row by row, ${known.method.replace('share of', 'of')}`;
}

function listed(values: readonly (SummaryValue | null)[]): string {
  return values.map((value) => (value?.value == null ? 'n/a' : formatSignificant(value.value, 3))).join(' / ');
}
