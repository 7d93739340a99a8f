import type { ComparedCell, ComparedSide, ComparedValue, Comparison, Difference } from '../../contract/comparison.ts';
import type { Summary, SummaryRow, SummaryValue } from '../../contract/summary.ts';
import { compareValues, falseDiscoveryRate, judge, minimumEffect } from './compare-values.ts';
import { type AllowedFields, differencesOf, engineText, unprovedOf } from './fingerprint.ts';
import { type MatchedCell, matchCells } from './match-cells.ts';

/**
 * Compares two results cell by cell. `allowed`: differences that are what is compared, and so forbid no verdict. The same
 * summaries give the same comparison, byte for byte.
 */
export function compareSummaries(base: Summary, candidate: Summary, allowed: AllowedFields = []): Comparison {
  const { matched, onlyInBase, onlyInCandidate } = matchCells(base.rows, candidate.rows);
  const differences = [...differencesOf(base, candidate, allowed)];
  if (matched.length === 0) {
    differences.push({ field: 'lengths', base: listed(onlyInBase), candidate: listed(onlyInCandidate), blocks: true });
  }
  const ofRun = blockText(differences);
  const cells = matched.map((cell) => compareCell(cell, ofRun, allowed));
  const judged = judge(cells.flatMap(({ values }) => values));
  let from = 0;
  return {
    v: 1,
    base: sideOf(base),
    candidate: sideOf(candidate),
    differences,
    unproved: unprovedOf(base, candidate),
    estimates: [
      ...(base.estimate === null ? [] : ['base' as const]),
      ...(candidate.estimate === null ? [] : ['candidate' as const]),
    ],
    cells: cells.map((cell) => ({ ...cell, values: judged.slice(from, (from += cell.values.length)) })),
    onlyInBase,
    onlyInCandidate,
    minimumEffect,
    falseDiscoveryRate,
    tests: judged.filter(({ pValue }) => pValue !== null).length,
    gates: [],
  };
}

function compareCell(
  { base, candidate, name, promptTokens }: MatchedCell,
  ofRun: string,
  allowed: AllowedFields,
): ComparedCell {
  const invalid = [invalidText('base', base), invalidText('candidate', candidate)].filter((text) => text !== '');
  const blockedBy = [...invalid, ...(ofRun === '' ? [] : [ofRun])].join('; ');
  const values = Object.values(base.values).flatMap((value): ComparedValue[] => {
    const other = candidate.values[value.id];
    if (other === undefined || value.value === null || other.value === null) return [];
    const blocks = [blockedBy, allowed.includes('definition') ? '' : definitionText(value, other)];
    const text = blocks.filter((one) => one !== '').join('; ');
    return [compareValues(value, other, text === '' ? null : text)];
  });
  const { cell, outputTokens, parallel, arrival } = base;
  const load = { parallel, arrival };
  return { cell, name, promptTokens, outputTokens, ...load, blockedBy: blockedBy === '' ? null : blockedBy, values };
}

function definitionText(base: SummaryValue, candidate: SummaryValue): string {
  if (base.unit !== candidate.unit) return `unit (${base.unit}, ${candidate.unit})`;
  return base.formula === candidate.formula ? '' : `definition (${base.formula}; ${candidate.formula})`;
}

function invalidText(side: string, { valid, reasons }: SummaryRow): string {
  return valid ? '' : `the ${side}'s row is not valid (${reasons.join('; ')})`;
}

function blockText(differences: readonly Difference[]): string {
  const blocking = differences.filter(({ blocks }) => blocks);
  return blocking.map(({ field, base, candidate }) => `${field} (${base}, ${candidate})`).join('; ');
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(' · ');
}

function sideOf(summary: Summary): ComparedSide {
  const { directory: place, model, startedAt } = summary;
  return { place, model, engine: engineText(summary), startedAt };
}
