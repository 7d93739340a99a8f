import type { PageRun } from '../../src/contract/report-details.ts';
import type { SloLimit } from '../../src/contract/plan.ts';
import type { SummaryRow } from '../../src/contract/summary.ts';
import { load } from '../data.ts';
import { count } from '../draw.ts';
import { say } from '../language.ts';
import type { Level } from './metric.ts';

/** Of the lines of limits. */
export const sloColour = 'var(--warn)';

/** The limit that a run sets to one of the times of its requests; null: none. */
export function sloLimitOf({ summary }: PageRun, metric: string): SloLimit | null {
  return summary.slo.find((one) => one.metric === metric) ?? null;
}

/** `SLO ≤ 500 ms`. */
export function sloName({ operator, limitMs }: SloLimit): string {
  return say('SLO {} {} ms', operator === '<' ? '<' : '≤', count(limitMs));
}

/** The limits that the runs set to a time, each once, with the loads at which 99 % of the requests keep it. */
export function sloLevels(runs: readonly PageRun[], metric: string): Level[] {
  const levels = new Map<string, Level & { readonly told: string }>();
  for (const run of runs) {
    const limit = sloLimitOf(run, metric);
    if (limit === null || run.summary.rows.length === 0) continue;
    const name = sloName(limit);
    const before = levels.get(name);
    const told = runs.length === 1 ? keptText(run, limit) : `${run.label}: ${keptText(run, limit)}`;
    const all =
      before === undefined ? `${name}, ${say('by 99 % of the answered requests')}: ${told}` : `${before.told}; ${told}`;
    levels.set(name, { value: limit.limitMs, name, colour: sloColour, label: all, told: all });
  }
  return [...levels.values()];
}

function keptText({ summary }: PageRun, limit: SloLimit): string {
  const names = { kept: [] as string[], missed: [] as string[] };
  for (const row of summary.rows) {
    const [at, ms] = [load(row), nearlyAll(row, limit.metric)];
    if (at === null || ms === null) continue;
    const isKept = limit.operator === '<' ? ms < limit.limitMs : ms <= limit.limitMs;
    names[isKept ? 'kept' : 'missed'].push(count(at));
  }
  return [
    ...(names.kept.length === 0 ? [] : [say('met at {}', names.kept.join(', '))]),
    ...(names.missed.length === 0 ? [] : [say('not met at {}', names.missed.join(', '))]),
  ].join('; ');
}

// Of fewer than 100 requests 99 % are all of them.
function nearlyAll(row: SummaryRow, metric: string): number | null {
  const value = row.values[metric];
  return value?.percentiles.find(({ percent }) => percent === 99)?.value ?? value?.spread?.max ?? null;
}
