/**
 * Words of a comparison, for a terminal and for a page alike. Comes in: a Comparison. Goes out: short texts. Computes nothing:
 * ratios, intervals and verdicts are in the Comparison.
 */
import { oneLine } from '../../base/escape.ts';
import type { ComparedCell, ComparedSide, ComparedValue, Comparison } from '../../contract/comparison.ts';
import { plainNumber } from '../measured-number.ts';

// What other values of the same row tell already; all of them are in the JSON.
const impliedBySpeed = new Set(['total_speed', 'prefill_speed', 'tpot', 'latency']);
const impliedByThroughput = new Set(['request_throughput', 'total_throughput', 'itl']);

/** The values of a cell that are shown: those with a verdict, without what others imply. */
export function shownValues({ values }: ComparedCell): ComparedValue[] {
  const ids = new Set(values.map(({ id }) => id));
  const implied = ids.has('generated_speed')
    ? impliedBySpeed
    : ids.has('output_throughput')
      ? impliedByThroughput
      : null;
  return values.filter(({ id, verdict }) => verdict !== null && implied?.has(id) !== true);
}

export function verdictText({ verdict }: ComparedValue, { unproved }: Comparison): string {
  if (verdict === null || verdict === 'no evidence' || verdict === 'not comparable' || unproved.length === 0)
    return verdict ?? '';
  return `${verdict}, not proved equal`;
}

/** `+4.4 %`; a dash where there is no ratio. */
export function changeText(ratio: number | null): string {
  if (ratio === null) return '–';
  const change = 100 * (ratio - 1);
  const text = Math.abs(change).toFixed(Math.abs(change) < 99.95 ? 1 : 0);
  return `${Number(text) === 0 ? '' : change < 0 ? '−' : '+'}${text} %`;
}

/** `+3.9 to +4.9`; empty where there is no interval. */
export function rangeText({ interval }: ComparedValue): string {
  if (interval === null) return '';
  return `${changeText(interval.low).replace(' %', '')} to ${changeText(interval.high).replace(' %', '')}`;
}

export function valueText(value: number): string {
  return plainNumber(value);
}

/** `3 slower, 1 no evidence`, in a fixed order. */
export function countText(comparison: Comparison): string {
  const order = ['slower', 'faster', 'differs within these starts', 'no evidence', 'not comparable'] as const;
  const shown = comparison.cells.flatMap(shownValues);
  const counts = order.flatMap((verdict) => {
    const count = shown.filter((value) => value.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return counts.length === 0 ? 'nothing to compare' : counts.join(', ');
}

export function sideText({ place, model, engine, startedAt }: ComparedSide): string {
  const parts = [place, model, engine, startedAt].filter((part) => part !== 'unknown');
  return oneLine(parts.join(' · '), 400);
}

/** What a careful reader must know, label and sentence. */
export function notesOf(comparison: Comparison): { label: string; text: string }[] {
  const {
    differences,
    unproved,
    estimates,
    onlyInBase,
    onlyInCandidate,
    tests,
    falseDiscoveryRate,
    minimumEffect,
    gates,
  } = comparison;
  const notes: { label: string; text: string }[] = [];
  const add = (label: string, text: string): void => {
    notes.push({ label, text: oneLine(text, 1000) });
  };
  for (const { field, base, candidate, blocks } of differences) {
    const hint = field === 'lengths' ? '' : ` (--allow-different ${field}, if that is what you compare)`;
    add('Differs', `${field}: ${base} → ${candidate}${blocks ? `; so nothing is called faster or slower${hint}` : ''}`);
  }
  if (unproved.length > 0) add('Not proved', `${unproved.join(', ')}: a side does not tell them, so they may differ`);
  if (estimates.length > 0) {
    const sides = estimates.length === 2 ? 'both sides are estimates' : `the ${estimates[0]} is an estimate`;
    add('Estimate', `${sides}: only rows that were measured are compared, not the predicted ones`);
  }
  for (const [reason, names] of reasonsOf(comparison)) add('Why', `${reason}: ${names.join('; ')}`);
  if (onlyInBase.length > 0) add('Only in base', onlyInBase.join(' · '));
  if (onlyInCandidate.length > 0) add('Only in candidate', onlyInCandidate.join(' · '));
  if (tests > 0) {
    const share = Math.round(100 * falseDiscoveryRate);
    add(
      'Method',
      `change of the mean with its 95 % interval (Welch's t on logarithms of mean times); faster, slower and differs need a change of ` +
        `${Math.round(100 * minimumEffect)} % or more, and at most ${share} % of them are expected to be false over ${tests} tests ` +
        '(Benjamini-Hochberg)',
    );
  }
  for (const { gate, missed, text } of gates) add(missed ? 'Gate missed' : 'Gate held', `${gate}: ${text}`);
  return notes;
}

// Reasons of what has no verdict of its own, each with the values that it holds for.
function reasonsOf({ cells }: Comparison): Map<string, string[]> {
  const reasons = new Map<string, string[]>();
  for (const cell of cells) {
    for (const { id, reason, verdict } of shownValues(cell)) {
      if (verdict === 'faster' || verdict === 'slower') continue;
      reasons.set(reason, [...(reasons.get(reason) ?? []), `${id} at ${cell.name}`]);
    }
  }
  const all = cells.flatMap(shownValues).length;
  return new Map([...reasons].map(([reason, names]) => [reason, names.length === all && all > 1 ? ['all'] : names]));
}
