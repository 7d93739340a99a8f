import { formatCount, formatSignificant } from '../base/units.ts';
import type { Summary, SummaryRow } from '../contract/summary.ts';
import { plainNumber } from './measured-number.ts';
import { coverText } from './protocol-notes.ts';
import { notAvailable, percentileOf, valueOf } from './row-values.ts';

/** A note of the run that is no warning. */
interface Fact {
  readonly kind: 'fact';
  readonly label: string;
  readonly text: string;
}

/** What the values of load rows mean, and what they rest on. */
export function loadFacts({ rows, slo }: Summary): Fact[] {
  const notes: [label: string, text: string | null][] = [
    ['Throughput', throughputText(rows)],
    [
      'Times',
      'TTFT: request to first token; TPOT: time from first to last token / tokens after the first, a mean of requests; ' +
        'ITL: gaps between tokens, all of them alike; Latency: request to last token. Means have an interval over ' +
        'passes only: requests under one load are not independent; those of percentiles are in summary.json and report.html',
    ],
    ['SLO', sloText(slo)],
    ['Percentiles', percentilesText(rows)],
    ['Arrivals', arrivalsText(rows)],
    ['Warm-up', warmupText(rows)],
    ['Generated', generatedText(rows)],
  ];
  return notes.flatMap(([label, text]) => (text === null ? [] : [{ kind: 'fact', label, text }]));
}

function throughputText(rows: readonly SummaryRow[]): string {
  const definition =
    'requests answered, and tokens of all requests, / time from the first request sent to the last end of a pass';
  const values = rows.flatMap((row) => valueOf(row, 'output') ?? []).filter((value) => value.value !== null);
  const interval = values.find((value) => value.interval !== null);
  if (interval?.interval != null) {
    return `${definition}; ${coverText(rows, `${interval.n} passes`, interval.interval)}`;
  }
  if (values.length === 0) return definition;
  return `${definition}; ${values.every((value) => value.n <= 1) ? 'one pass: no interval (--repetitions 3 gives one)' : 'no interval'}`;
}

function sloText(slo: Summary['slo']): string | null {
  if (slo.length === 0) return null;
  const limits = slo.map(({ metric, operator, limitMs }) => {
    return `${sloNames[metric]} ${operator === '<' ? 'below' : 'at most'} ${formatCount(limitMs)} ms`;
  });
  return (
    `${limits.join(', ')}; a request that keeps ${limits.length === 1 ? 'it' : 'all of them'} is within the SLO, a failed one never; ` +
    'goodput: those within it / the time of throughput'
  );
}

const sloNames = { ttft: 'TTFT', tpot: 'TPOT', latency: 'latency' } as const;

// The same reason holds for several metrics of a row, and is told once.
function percentilesText(rows: readonly SummaryRow[]): string | null {
  const missing = rows.flatMap((row) =>
    (['ttft', 'tpot', 'latency', 'itl'] as const).flatMap((name) =>
      (valueOf(row, name)?.percentiles ?? []).flatMap(({ percent, reason }) =>
        reason === null ? [] : [`p${percent} ${reason}`],
      ),
    ),
  );
  if (missing.length === 0) return null;
  const different = [...new Set(missing)];
  const more = different.length > 4 ? [`and ${different.length - 4} more`] : [];
  return `n/a: ${[...different.slice(0, 4), ...more].join('; ')}`;
}

// A client that is late loads the server less than it says: what it really did stands beside what was asked for.
function arrivalsText(rows: readonly SummaryRow[]): string | null {
  const open = rows.flatMap((row) => (row.arrival === null ? [] : [{ row, ...row.arrival }]));
  const first = open[0];
  if (first === undefined) return null;
  const sent = open.map(({ row }) => shortText(valueOf(row, 'sentRate')?.value ?? null)).join(' / ');
  const asked = open.map(({ requestsPerSecond }) => requestsPerSecond).join(' / ');
  const delays = open.map(({ row }) =>
    [
      percentileOf(row, 'sendDelay', 50),
      percentileOf(row, 'sendDelay', 99),
      valueOf(row, 'sendDelay')?.spread?.max ?? null,
    ]
      .map(shortText)
      .join(' / '),
  );
  return (
    `open loop, ${first.kind === 'poisson' ? 'Poisson' : 'equal gaps'}; sent ${sent} requests/s of ${asked} asked for; ` +
    `send delay p50 / p99 / max ${delays.join(', ')} ms`
  );
}

function shortText(value: number | null): string {
  return value === null ? notAvailable : formatSignificant(value, 3);
}

function warmupText(rows: readonly SummaryRow[]): string {
  const counts = rows.map((row) => formatCount(row.counts.warmup)).join(' / ');
  const noun = rows.length === 1 && rows[0]?.counts.warmup === 1 ? 'request' : 'requests';
  return `${counts} ${noun}${rows.length === 1 ? '' : ', row by row'}, recorded and not counted`;
}

/** A mean of counts: whole where it is one. */
export function countText(mean: number): string {
  return Number.isInteger(mean) ? formatCount(mean) : plainNumber(mean);
}

function generatedText(rows: readonly SummaryRow[]): string | null {
  const texts = rows.flatMap((row) => {
    const tokens = valueOf(row, 'outputTokens');
    if (tokens === null || tokens.value === null) return [];
    const { spread, value } = tokens;
    const range =
      spread === null || spread.min === spread.max ? '' : ` (${countText(spread.min)} to ${countText(spread.max)})`;
    return [`${countText(value)}${range} of ${formatCount(row.outputTokens)}`];
  });
  return texts.length === 0 ? null : `tokens a request, mean: ${[...new Set(texts)].join(' / ')}`;
}
