import { formatCount, formatDuration, formatSignificant } from '../base/units.ts';
import type { Summary, Estimate } from '../contract/summary.ts';

/** Headline of estimated rows; nobody may take them for measured ones. */
export const estimateTitle = 'ESTIMATE, not measured: predicted from shorter requests';

/** Headline of the rows that an estimate rests on. */
export const probesTitle = 'Measured for the estimate:';

/** What a careful reader would ask of an estimate; empty for a run that measured its rows. */
export function estimateTexts({ estimate, rows }: Summary): string[] {
  if (estimate === null) return [];
  if (estimate.reason !== null) return [`no row can be predicted: ${estimate.reason}`];
  const interval = estimate.rows[0]?.values['latency']?.interval ?? null;
  const beyond = estimate.rows.filter(({ beyondMeasured }) => beyondMeasured > 1);
  const longest = Math.max(...rows.map(({ promptTokens }) => promptTokens ?? 0));
  return [
    `± is the 95 % interval of what the full run would show (${interval?.method ?? 'none'})`,
    ...(beyond.length === 0
      ? []
      : [
          `* longer than any prompt that was measured (${formatCount(longest)} tokens): extrapolated by a factor of up to ` +
            formatSignificant(Math.max(...beyond.map(({ beyondMeasured }) => beyondMeasured)), 2),
        ]),
    `laws: ${estimate.laws.map(lawText).join('; ')}`,
    timeText(estimate),
  ];
}

function lawText({ formula, deviation }: Estimate['laws'][number]): string {
  return `${formula} (residual deviation ${formatSignificant(100 * (deviation.value ?? 0), 2)} %)`;
}

function timeText({ measuredTime, fullTime }: Estimate): string {
  const measured = measuredTime.value ?? 0;
  const full = fullTime.value ?? 0;
  return (
    `its requests took ${formatDuration(measured)}; those of the full run would take about ${formatDuration(full)}` +
    (full > 0 ? ` (${formatSignificant((100 * measured) / full, 2)} %)` : '')
  );
}
