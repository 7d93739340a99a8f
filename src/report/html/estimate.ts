import { formatCount } from '../../base/units.ts';
import type { Summary, EstimatedRow } from '../../contract/summary.ts';
import { estimateTexts, estimateTitle } from '../estimate-notes.ts';
import { grouped } from '../measured-number.ts';
import { textOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

const columns: readonly { readonly name: MetricName; readonly head: string; readonly unit: string }[] = [
  { name: 'generated', head: 'Generated speed', unit: 'tokens/s' },
  { name: 'decode', head: 'Decode speed', unit: 'tokens/s' },
  { name: 'total', head: 'Total speed', unit: 'tokens/s' },
  { name: 'prefill', head: 'Prefill speed', unit: 'tokens/s' },
  { name: 'ttft', head: 'TTFT', unit: 'ms' },
];

/** The predicted rows under a headline of their own; null for a run that measured its rows. */
export function estimateSection(summary: Summary): Markup | null {
  const { estimate } = summary;
  if (estimate === null) return null;
  const table =
    estimate.rows.length === 0
      ? null
      : markup`<div class="scroll" tabindex="0" role="region" aria-label="Estimate"><table>
<thead><tr><th scope="col">Prompt<small>tokens</small></th><th scope="col">Output<small>tokens</small></th>${columns.map(({ head, unit }) => markup`<th scope="col">${head}<small>${unit}</small></th>`)}</tr></thead>
<tbody>${estimate.rows.map(rowMarkup)}
</tbody></table></div>
`;
  return markup`<section>
<h2>${estimateTitle}</h2>
<p class="facts">${estimateTexts(summary)[0] ?? null}</p>
${table}</section>
`;
}

function rowMarkup(row: EstimatedRow): Markup {
  const beyond = row.beyondMeasured > 1 ? ' *' : '';
  return markup`
<tr><th scope="row">${formatCount(row.promptTokens)}${beyond}</th><td>${formatCount(row.outputTokens)}</td>${columns.map(
    ({ name }) => {
      const { value, uncertainty } = textOf(row, name);
      return markup`<td class="number">${grouped(value)} <small>${uncertainty}</small></td>`;
    },
  )}</tr>`;
}
