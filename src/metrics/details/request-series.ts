import type { PassSpan, TimeSeries } from '../../contract/report-details.ts';
import { sendDelay } from '../definition/send-delay.ts';
import { isMissing } from '../missing.ts';
import { extentOf, requestsByPass } from '../passes.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { CellTally } from '../run-tally.ts';
import { significant } from './significant.ts';

const mostPoints = 240;
const mostSpans = 400;

/** Requests in flight over the run (the mean of each step), and of open loops the longest send delay of each step. */
export function requestSeries(cells: readonly CellTally[]): TimeSeries[] {
  const requests = cells.flatMap(({ requests: ofCell }) => ofCell);
  const loads = cells.filter(({ cell }) => cell.kind === 'load').flatMap(({ requests: ofCell }) => ofCell);
  const open = cells.filter(({ cell }) => cell.arrival !== null).flatMap(({ measured: ofCell }) => ofCell);
  return [...(loads.length < 2 ? [] : [inFlight(requests)]), ...(open.length < 2 ? [] : [delays(open)])];
}

interface Steps {
  readonly fromNs: number;
  readonly widthNs: number;
}

function stepsOf(requests: readonly RequestFacts[]): Steps {
  const { fromNs, toNs } = extentOf(requests);
  return { fromNs, widthNs: Math.max(1, (toNs - fromNs) / mostPoints) };
}

function inFlight(requests: readonly RequestFacts[]): TimeSeries {
  const { fromNs, widthNs } = stepsOf(requests);
  const busyNs = new Float64Array(mostPoints);
  for (const { sentNs, endNs } of requests) {
    const first = Math.floor((sentNs - fromNs) / widthNs);
    const last = Math.min(mostPoints - 1, Math.floor((endNs - fromNs) / widthNs));
    for (let step = first; step <= last; step++) {
      const start = fromNs + step * widthNs;
      busyNs[step] = (busyNs[step] ?? 0) + Math.min(endNs, start + widthNs) - Math.max(sentNs, start);
    }
  }
  return {
    id: 'in-flight',
    label: 'Requests in flight',
    unit: 'requests',
    device: null,
    seconds: Array.from(busyNs, (_, step) => significant((fromNs + (step + 0.5) * widthNs) / 1e9)),
    values: Array.from(busyNs, (ns) => significant(ns / widthNs)),
  };
}

function delays(requests: readonly RequestFacts[]): TimeSeries {
  const { fromNs, widthNs } = stepsOf(requests);
  const longest = new Map<number, number>();
  for (const request of requests) {
    const ns = sendDelay.time(request);
    if (isMissing(ns)) continue;
    const step = Math.floor((request.sentNs - fromNs) / widthNs);
    longest.set(step, Math.max(longest.get(step) ?? 0, ns));
  }
  const steps = [...longest].toSorted(([one], [other]) => one - other);
  return {
    id: 'send-delay',
    label: 'Longest send delay',
    unit: 'ms',
    device: null,
    seconds: steps.map(([step]) => significant((fromNs + (step + 0.5) * widthNs) / 1e9)),
    values: steps.map(([, ns]) => significant(ns / 1e6)),
  };
}

/** When each pass ran; passes of one cell and phase that follow one another are one span. */
export function passSpans(cells: readonly CellTally[]): PassSpan[] {
  const passes = cells.flatMap(({ cell, requests }) =>
    (['warmup', 'measured'] as const).flatMap((phase) =>
      requestsByPass(requests.filter((request) => request.phase === phase)).map((pass) => ({
        cell: cell.id,
        phase,
        ...extentOf(pass),
      })),
    ),
  );
  const spans: { cell: string; phase: PassSpan['phase']; fromSeconds: number; toSeconds: number }[] = [];
  for (const { cell, phase, fromNs, toNs } of passes.toSorted((one, other) => one.fromNs - other.fromNs)) {
    const last = spans.at(-1);
    if (last?.cell === cell && last.phase === phase) last.toSeconds = Math.max(last.toSeconds, toNs / 1e9);
    else spans.push({ cell, phase, fromSeconds: fromNs / 1e9, toSeconds: toNs / 1e9 });
  }
  return spans
    .slice(0, mostSpans)
    .map((span) => ({ ...span, fromSeconds: rounded(span.fromSeconds), toSeconds: rounded(span.toSeconds) }));
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
