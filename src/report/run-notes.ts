import { join } from 'node:path';
import { oneLine } from '../base/escape.ts';
import { maskSecrets } from '../base/mask-secrets.ts';
import { formatBytes, formatCount } from '../base/units.ts';
import type { MemoryFigure } from '../contract/memory.ts';
import type { LengthRule } from '../contract/request.ts';
import type { RowCache, Summary, SummaryRow } from '../contract/summary.ts';
import { adviceText } from './row-notes.ts';
import { countText, loadFacts } from './load-notes.ts';
import { clientText } from './client-notes.ts';
import { estimateTexts } from './estimate-notes.ts';
import { contextNotes } from './context-notes.ts';
import { coldStartText, coverText } from './protocol-notes.ts';
import { isLoad, valueOf } from './row-values.ts';
import { serverText } from './server-text.ts';

/** What a careful reader would ask of the run as a whole. */
export interface RunNote {
  readonly label: string;
  readonly text: string;
  readonly kind: 'fact' | 'state' | 'advice' | 'warning';
}

/** All footnotes of a run, in the order in which they are read. */
export function runNotes(summary: Summary): RunNote[] {
  const ofRows = new Set(summary.rows.map((row) => row.cell));
  const advice = summary.advice.filter((one) => !one.rows.some((cell) => ofRows.has(cell)));
  const notes: RunNote[] = [
    ...stateNote(summary),
    ...estimateTexts(summary).map((text): RunNote => ({ kind: 'fact', label: 'Estimate', text })),
    ...(isLoad(summary) ? loadFacts(summary) : speedFacts(summary)),
    ...clientNote(summary),
    ...serverNote(summary),
    ...coldStartNote(summary),
    { kind: 'fact', label: 'Memory', text: memoryText(summary) },
    ...lengthNote(summary.rows),
    ...advice.flatMap((one) => {
      const label = ownLabels[one.id];
      return label === undefined ? [] : [{ kind: 'fact' as const, label, text: adviceText(one) }];
    }),
    { kind: 'fact', label: 'Prompts', text: promptsText(summary) },
    { kind: 'fact', label: 'Engine', text: engineText(summary) },
    { kind: 'fact', label: 'Machine', text: summary.machine },
    ...repeatsNote(summary),
    ...limited('fact', 'Note', summary.engine.notes),
    ...limited('advice', 'Advice', advice.filter((one) => ownLabels[one.id] === undefined).map(adviceText)),
    ...limited('warning', 'Warning', summary.warnings),
  ];
  return notes.map((note) => ({ ...note, text: oneLine(note.text, longestNote) }));
}

function speedFacts({ rows }: Summary): RunNote[] {
  const decode =
    'tokens after the first / time from first to last token; Total: (prompt + generated tokens) / the same time as ' +
    'Speed; TTFT: request to first token';
  return [
    { kind: 'fact', label: 'Speed', text: speedText(rows) },
    { kind: 'fact', label: 'Decode', text: decode },
    ...contextNotes(rows),
  ];
}

// Advice that every such run has: it reads as a fact under a name of its own.
const ownLabels: Readonly<Record<string, string>> = { 'dummy-weights': 'Weights', 'lengths-scaled': 'Lengths' };

const longestNote = 1000;
const mostOfAKind = 25;

// A server that warns a thousand times must not bury the result.
function limited(kind: RunNote['kind'], label: string, texts: readonly string[]): RunNote[] {
  const different = [...new Set(texts)];
  const left = different.length - mostOfAKind;
  const shown = left > 0 ? [...different.slice(0, mostOfAKind), `and ${left} more in summary.json`] : different;
  return shown.map((text) => ({ kind, label, text }));
}

/** Where the report page of a run lies; null for a run that keeps nothing. */
export function reportPath(summary: Summary): string | null {
  return summary.directory === '' ? null : join(summary.directory, 'report.html');
}

function stateNote(summary: Summary): RunNote[] {
  if (summary.state === 'complete') return [];
  const measured = summary.rows.reduce((sum, row) => sum + row.counts.measured, 0);
  const planned = summary.rows.reduce((sum, row) => sum + row.counts.planned, 0);
  const text = `stopped early: ${formatCount(measured)} of ${formatCount(planned)} requests; what was measured is shown`;
  return [{ kind: 'state', label: 'Partial', text }];
}

function speedText(rows: readonly SummaryRow[]): string {
  const values = rows.flatMap((row) => valueOf(row, 'generated') ?? []).filter((value) => value.value !== null);
  const definition = 'generated tokens / time from request to last token';
  const interval = values.find((value) => value.interval !== null)?.interval ?? null;
  if (interval !== null) {
    const counts = new Set(values.filter((value) => value.interval !== null).map((value) => value.n));
    const n = counts.size === 1 ? String([...counts][0]) : 'n';
    return `${definition}; ${coverText(rows, `${n} repetitions`, interval)}`;
  }
  if (values.length === 0) return definition;
  return `${definition}; ${values.every((value) => value.n <= 1) ? 'single run: no interval' : 'no interval'}`;
}

function clientNote(summary: Summary): RunNote[] {
  const text = clientText(summary);
  return text === null ? [] : [{ kind: 'fact', label: 'Client', text }];
}

function serverNote(summary: Summary): RunNote[] {
  const text = serverText(summary);
  return text === null ? [] : [{ kind: 'fact', label: 'Server', text }];
}

function repeatsNote({ repeats }: Summary): RunNote[] {
  if (repeats === null) return [];
  const differences = repeats.differences.map(({ what, before, now }) => `${what} ${before} → ${now}`);
  const text = differences.length === 0 ? 'nothing that is known differs' : `differs: ${differences.join('; ')}`;
  return [{ kind: 'fact', label: 'Repeats', text: `${repeats.directory}; ${text}` }];
}

function coldStartNote(summary: Summary): RunNote[] {
  const text = coldStartText(summary);
  return text === null ? [] : [{ kind: 'fact', label: 'Cold start', text }];
}

function memoryText({ rows, engine }: Summary): string {
  const values = rows.map((row) => valueOf(row, 'memory'));
  const methods = distinct(values.flatMap((value) => (value === null || value.value === null ? [] : [value.method])));
  const reasons = distinct(values.flatMap((value) => (value?.value === null ? [value.reason] : [])));
  const parts = methods.length > 0 ? [`${methods.join('; ')} (1 GB = 2^30 bytes)`] : [];
  if (values.some((value) => value === null || value.value === null)) {
    parts.push(`n/a: ${reasons.length === 0 ? 'GPU memory was not reported' : reasons.join('; ')}`);
  }
  const others = engine.memory.filter(
    (figure) => figure.bytes !== null && !methods.some((method) => method.endsWith(figure.method)),
  );
  return [...parts, ...others.map(otherMemoryText)].join('; ');
}

const memoryKinds: Readonly<Record<MemoryFigure['kind'], string>> = {
  engine: 'the engine reports',
  process: 'its process holds',
  device: 'the device holds',
  host: 'host memory',
};

function otherMemoryText(figure: MemoryFigure): string {
  return `${memoryKinds[figure.kind]} ${formatBytes(figure.bytes ?? 0)} (${figure.method})`;
}

function distinct(texts: readonly (string | null)[]): string[] {
  return [...new Set(texts.filter((text) => text !== null))];
}

const ruleTexts: Readonly<Record<LengthRule, string>> = {
  ignore_eos: 'ignore_eos',
  min_tokens: 'min_tokens, which slows some servers',
  'ignore_eos+min_tokens': 'ignore_eos and min_tokens; the latter slows some servers',
  engine: 'the engine itself: the end-of-sequence token is ignored',
  none: 'nothing: the model may stop early',
};

function lengthNote(rows: readonly SummaryRow[]): RunNote[] {
  const counts = new Map<LengthRule, number>();
  for (const { outcome, phase } of rows.flatMap((row) => row.requests)) {
    if (phase !== 'measured' || outcome.status !== 'ok') continue;
    counts.set(outcome.lengthRule, (counts.get(outcome.lengthRule) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const texts = [...counts].map(([rule, count]) =>
    counts.size === 1 ? ruleTexts[rule] : `${ruleTexts[rule]} (${formatCount(count)} requests)`,
  );
  return [{ kind: 'fact', label: 'Output', text: `length kept by ${texts.join('; ')}` }];
}

const methodTexts: Readonly<Record<Summary['workload']['method'], string>> = {
  'token-ids': 'exact token ids',
  'server-tokenize': "text, cut to length with the server's own tokenizer",
  'tokenizer-file': 'text, cut to length with the tokenizer file',
  'calibrated-text': "text, calibrated by the server's prompt counts",
  'fixed-text': 'one text for all requests',
  unknown: 'method not recorded',
};

const cacheTexts: Readonly<Record<RowCache, string>> = {
  off: 'prefix cache off',
  'proved-cold': 'prefix cache proved cold',
  hit: 'prefix cache HIT',
  unknown: 'prefix cache unknown: no count of cached tokens was reported',
};

function promptsText({ workload, rows, engine }: Summary): string {
  const answered = rows.flatMap((row) => row.requests).filter((request) => request.outcome.status === 'ok');
  const counted = answered.length > 0 && answered.every((request) => request.promptTokens !== null);
  const counter = engine.url === null ? 'the engine' : 'the server';
  const measured = rows.filter((row) => row.counts.measured > 0);
  const states = [...new Set(measured.map((row) => row.cache))];
  const onlyState = states.length === 1 ? states[0] : undefined;
  const cache = onlyState === undefined ? 'prefix cache: see the rows' : cacheTexts[onlyState];
  return [
    `${methodTexts[workload.method]}${fixedLength(rows)}${counted ? `, counted by ${counter}` : ''}`,
    ...(measured.length === 0 ? [] : [cache]),
    // Nothing is drawn for a fixed prompt.
    ...(workload.method === 'fixed-text' ? [] : [`seed ${workload.seed}`]),
  ].join('; ');
}

// A fixed prompt has one length; a server that counts it differently from request to request is told by the mean.
function fixedLength(rows: readonly SummaryRow[]): string {
  const row = rows.find((one) => one.kind === 'load');
  const tokens = row === undefined ? null : (valueOf(row, 'promptTokens')?.value ?? null);
  return tokens === null ? '' : ` of ${countText(tokens)} ${tokens === 1 ? 'token' : 'tokens'}`;
}

// The settings are many: the page lists them.
function engineText({ engine }: Summary): string {
  return [
    engine.version === null ? engine.name : `${engine.name} ${engine.version}`,
    ...(engine.device === null ? [] : [engine.device]),
    ...(engine.dtype === null ? [] : [engine.dtype]),
    ...(engine.maxLength === null ? [] : [`max length ${formatCount(engine.maxLength)}`]),
    ...(engine.url === null ? [] : [maskSecrets(engine.url)]),
  ].join(' · ');
}
