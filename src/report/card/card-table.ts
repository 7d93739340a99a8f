import { formatCount } from '../../base/units.ts';
import type { Summary, SummaryRow, SummaryValue } from '../../contract/summary.ts';
import { grouped } from '../measured-number.ts';
import type { MeasuredText } from '../measured-number.ts';
import { isLoad, isOpenLoop, notAvailable, percentileOf, rowLabel, textOf, valueOf } from '../row-values.ts';
import type { MetricName } from '../row-values.ts';
import { timeText } from '../table/load-columns.ts';
import { doubtOf } from './doubts.ts';

export interface CardColumn {
  readonly head: string;
  readonly unit: string;
  readonly cells: readonly MeasuredText[];
}

/** How far a row can be trusted, in a word. */
export interface Trust {
  readonly text: 'valid' | 'not valid' | 'disturbed' | 'doubtful' | 'estimated';
  readonly colour: 'good' | 'bad' | 'warn';
}

/** What the card shows of the rows, as texts. */
export interface CardTable {
  /** The name of each row: its prompt, or its load. */
  readonly label: CardColumn;
  /** The number that the bars show. */
  readonly main: CardColumn;
  /** Of each row its share of the highest; null: it has none. */
  readonly bars: readonly (number | null)[];
  /** Choices from the widest to the narrowest. */
  readonly choices: readonly (readonly CardColumn[])[];
  readonly trust: readonly Trust[];
}

/** A row of a result, or of an estimate. */
type Row = Pick<SummaryRow, 'values'>;

const tokensPerSecond = 'tokens/s';

/** The table of a card. `rows`: those of the summary that it shows. */
export function cardTable(summary: Summary, rows: readonly SummaryRow[]): CardTable {
  return isLoad(summary) ? loadTable(summary, rows) : speedTable(summary, rows);
}

/** The rows that a run predicts; none of them was measured. */
export function estimateTable(rows: NonNullable<Summary['estimate']>['rows']): CardTable {
  const labels = rows.map(({ promptTokens, beyondMeasured }) => ({
    value: `${formatCount(promptTokens)}${beyondMeasured > 1 ? ' *' : ''}`,
    uncertainty: '',
  }));
  return {
    ...speedColumns(rows, []),
    label: { head: 'Prompt', unit: 'tokens', cells: labels },
    trust: rows.map(() => ({ text: 'estimated', colour: 'warn' })),
  };
}

function speedTable(summary: Summary, rows: readonly SummaryRow[]): CardTable {
  const repetitions = rows.map((row) => plain(String(valueOf(row, 'generated')?.n ?? 0)));
  const labels = rows.map((row) => plain(nameOf(row, summary)));
  return {
    ...speedColumns(rows, [{ head: 'n', unit: '', cells: repetitions }]),
    label: { head: 'Prompt', unit: 'tokens', cells: labels },
    trust: rows.map((row) => trustOf(row, summary)),
  };
}

function speedColumns(rows: readonly Row[], last: readonly CardColumn[]): Omit<CardTable, 'label' | 'trust'> {
  const decode = measured(rows, 'decode', 'Decode', tokensPerSecond);
  const prefill = measured(rows, 'prefill', 'Prefill', tokensPerSecond);
  const ttft = measured(rows, 'ttft', 'TTFT', 'ms');
  return {
    main: measured(rows, 'generated', 'Generated speed', tokensPerSecond),
    bars: sharesOf(rows, 'generated'),
    choices: [
      [decode, prefill, ttft, ...last],
      [bare(decode), bare(prefill), ttft, ...last],
      [bare(decode), ttft, ...last],
      [bare(decode), bare(ttft), ...last],
    ],
  };
}

function loadTable(summary: Summary, rows: readonly SummaryRow[]): CardTable {
  const isOpen = isOpenLoop(summary);
  const labels = rows.map((row) => plain(nameOf(row, summary)));
  const requests = measured(rows, 'requests', 'Requests', 'per s');
  const time = (name: MetricName, head: string, percent: number): CardColumn => ({
    head: `${head} p${percent}`,
    unit: 'ms',
    cells: rows.map((row) => plain(grouped(timeText(percentileOf(row, name, percent))))),
  });
  const times = [
    time('ttft', 'TTFT', 50),
    time('ttft', 'TTFT', 99),
    time('tpot', 'TPOT', 50),
    time('tpot', 'TPOT', 99),
  ];
  const failures = rows.map(({ counts }) => plain(formatCount(counts.failed)));
  const failed: CardColumn[] = rows.some(({ counts }) => counts.failed > 0)
    ? [{ head: 'Failed', unit: 'requests', cells: failures }]
    : [];
  return {
    label: { head: isOpen ? 'Rate' : 'In flight', unit: 'requests', cells: labels },
    main: measured(rows, 'output', 'Output', tokensPerSecond),
    bars: sharesOf(rows, 'output'),
    choices: [
      [requests, ...times, ...failed],
      [bare(requests), ...times, ...failed],
      [...times, ...failed],
    ],
    trust: rows.map((row) => trustOf(row, summary)),
  };
}

// As the table has it: the rate with its unit, requests in flight and prompt tokens as numbers.
function nameOf(row: SummaryRow, summary: Summary): string {
  const name = row.kind === 'load' && row.arrival === null ? String(row.parallel) : rowLabel(row, summary);
  return `${row.valid ? '' : '✗ '}${grouped(name)}`;
}

function trustOf(row: SummaryRow, summary: Summary): Trust {
  if (!row.valid) return { text: 'not valid', colour: 'bad' };
  const doubt = doubtOf(row, summary);
  return doubt === null ? { text: 'valid', colour: 'good' } : { text: doubt, colour: 'warn' };
}

function measured(rows: readonly Row[], name: MetricName, head: string, unit: string): CardColumn {
  const cells = rows.map((row) => {
    const { value, uncertainty } = textOf(row, name);
    return { value: grouped(value), uncertainty: grouped(uncertainty) };
  });
  return { head, unit, cells };
}

function bare(column: CardColumn): CardColumn {
  return { ...column, cells: column.cells.map(({ value }) => plain(value)) };
}

function plain(value: string): MeasuredText {
  return { value, uncertainty: '' };
}

function sharesOf(rows: readonly Row[], name: MetricName): (number | null)[] {
  const values = rows.map((row) => valueOf(row, name)?.value ?? null);
  const most = Math.max(0, ...values.map((value: SummaryValue['value']) => value ?? 0));
  return values.map((value) => (value === null || most === 0 ? null : value / most));
}

/** A row in words, for those who don't see the card. */
export function rowInWords({ label, main, choices, trust }: CardTable, place: number): string {
  const texts = [main, ...(choices[0] ?? [])].flatMap(({ head, unit, cells }) => {
    const { value, uncertainty } = cells[place] ?? plain(notAvailable);
    return value === notAvailable ? [] : [[head, value, uncertainty, unit].filter((word) => word !== '').join(' ')];
  });
  const name = `${label.head} ${label.cells[place]?.value ?? ''}`;
  return `${name} (${trust[place]?.text ?? ''}): ${texts.length === 0 ? notAvailable : texts.join(', ')}.`;
}
