import { formatCount } from '../../base/units.ts';
import type { PublishedFigure, Summary, SummaryRow } from '../../contract/summary.ts';
import { grouped, measuredNumber } from '../measured-number.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

/** Each row beside what was published for it; null where nothing was. */
export function publishedSection({ rows }: Summary): Markup | null {
  const lines = rows.flatMap((row) => row.published.map((figure) => ({ row, figure })));
  if (lines.length === 0) return null;
  return markup`<section>
<h2>Beside published figures</h2>
<p class="facts">Both by the definition of the published one. ± is the interval of what was measured; the published figures have none.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Beside published figures"><table>
<thead><tr><th scope="col">Prompt<small>tokens</small></th><th scope="col" class="words">Speed</th><th scope="col">Published<small>tokens/s</small></th><th scope="col">Measured<small>tokens/s</small></th><th scope="col">Ratio</th><th scope="col" class="words">Published with</th><th scope="col" class="words">What differs</th></tr></thead>
<tbody>${lines.map(({ row, figure }) => figureRow(row, figure))}
</tbody></table></div>
</section>
`;
}

function figureRow(row: SummaryRow, figure: PublishedFigure): Markup {
  const { published, ratio, framework, version, hardware, quantization, source, differences } = figure;
  const measured = row.values[published.id] ?? null;
  const text = (value: typeof measured): string =>
    value === null || value.value === null ? 'n/a' : grouped(measuredNumber(value.value, value.interval));
  const setup = `${framework} ${version ?? 'of unknown version'}, ${hardware}, ${quantization}`;
  return markup`
<tr><th scope="row">${formatCount(row.promptTokens ?? 0)}</th><td class="words">${published.label} <code translate="no">${published.formula}</code></td><td class="number">${published.value === null ? 'n/a' : grouped(published.value.toFixed(2))}</td><td class="number">${text(measured)}</td><td class="number main">${text(ratio)}</td><td class="words" lang="en">${setup} <small>${source}</small></td><td class="words" lang="en">${differences.length === 0 ? 'nothing known' : differences.join('; ')}</td></tr>`;
}
