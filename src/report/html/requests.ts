import { oneLine } from '../../base/escape.ts';
import { formatCount } from '../../base/units.ts';
import type { ReportDetails } from '../../contract/report-details.ts';
import type { RequestResult, Summary, SummaryRow } from '../../contract/summary.ts';
import { grouped, plainNumber } from '../measured-number.ts';
import { rowLabel } from '../row-values.ts';
import { listedRequests } from './listed-requests.ts';
import type { ListedRequest } from './listed-requests.ts';
import { markup } from './markup.ts';
import type { Markup } from './markup.ts';

const mostTables = 400;

/** One collapsed table a row with what was measured of each request, warm-ups among them. */
export function requestTables(summary: Summary, details: ReportDetails | null): Markup {
  return markup`${summary.rows.slice(0, mostTables).map((row) => {
    return requestTable(row, rowLabel(row, summary), listedRequests(row, summary, details));
  })}`;
}

function requestTable(row: SummaryRow, label: string, shown: readonly ListedRequest[]): Markup {
  const { measured, failed: failedOnes, warmup } = row.counts;
  const all = Math.max(measured + failedOnes + warmup, row.requests.length);
  const left = all - shown.length;
  const kept = all > row.requests.length ? 'records.jsonl' : 'summary.json';
  const noun = row.kind === 'load' ? '' : ' prompt tokens';
  const listed = row.requests.filter((request) => request.outcome.status === 'failed').length;
  const failed = Math.max(listed, failedOnes);
  const count = `${formatCount(all)} ${all === 1 ? 'request' : 'requests'}`;
  const told = failed === 0 ? count : `${count}, ${formatCount(failed)} failed`;
  return markup`<details><summary>${grouped(label)}${noun} <small>${told}</small></summary><div class="scroll" tabindex="0" role="region" aria-label="Requests of ${label}${noun}"><table>
<thead><tr><th scope="col">Request</th><th scope="col" class="left">Phase</th><th scope="col">Sent<small>s</small></th><th scope="col">TTFT<small>ms</small></th><th scope="col">Latency<small>ms</small></th><th scope="col">Generated<small>tokens/s</small></th><th scope="col">Decode<small>tokens/s</small></th><th scope="col">Total<small>tokens/s</small></th><th scope="col">Prompt<small>tokens</small></th><th scope="col">Cached<small>tokens</small></th><th scope="col">Output<small>tokens</small></th><th scope="col" class="words">Outcome</th></tr></thead>
<tbody>${shown.map(requestRow)}
</tbody></table></div>${left === 0 ? null : markup`<div><p>${formatCount(left)} more are in ${kept}.</p></div>`}</details>
`;
}

function requestRow({ request, timeline }: ListedRequest): Markup {
  const { ttftMs, latencyMs, generatedSpeed, decodeSpeed, totalSpeed, promptTokens, cachedTokens, outputTokens } =
    request;
  const numbers = [ttftMs, latencyMs, generatedSpeed, decodeSpeed, totalSpeed].map((value) =>
    value === null ? '–' : grouped(plainNumber(value)),
  );
  const counts = [promptTokens, cachedTokens, outputTokens].map((value) => (value === null ? '–' : formatCount(value)));
  const start = request.execution === 1 ? '' : `start ${request.execution}, `;
  const phase = `${start}${request.phase === 'warmup' ? 'warm-up' : 'repetition'} ${request.repetition}`;
  return markup`
<tr data-request="${request.id}"${timeline === null ? null : markup` data-timeline="${timeline}"`}><th scope="row">${request.id}</th><td class="left">${phase}</td><td>${(request.sentMs / 1000).toFixed(2)}</td>${[...numbers, ...counts].map((text) => markup`<td>${text}</td>`)}<td class="words outcome" translate="no">${outcomeText(request)}</td></tr>`;
}

function outcomeText({ outcome, attempts }: RequestResult): string {
  const again = attempts > 1 ? ` (${attempts} attempts)` : '';
  if (outcome.status === 'ok')
    return `ok${outcome.finishReason === null ? '' : `, ${oneLine(outcome.finishReason, 40)}`}${again}`;
  return `failed, ${outcome.failure ?? 'unknown'}: ${oneLine(outcome.message ?? 'no message', 160)}${again}`;
}
