import type { CellPlan } from '../../contract/plan.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { RequestTimeline } from '../../contract/report-details.ts';
import { isMissing } from '../missing.ts';
import { type RequestFacts, requestFacts } from '../request-facts.ts';
import { requestResult } from '../request-result.ts';
import { median } from '../../stats/quantile.ts';
import { type Reads, readsOf, thinned } from './reads.ts';

const mostTimelines = 200;
// A chart has no more pixels; all timelines of a page together stay below half a megabyte.
const mostReads = 512;
const mostReadsInAll = 48_000;

interface Candidate {
  readonly request: RequestFacts;
  readonly reads: Reads;
  readonly allReads: number;
  readonly latencyNs: number;
}

/**
 * Keeps the stamps of few requests while all records of a run pass by: of each cell the slowest, the first that failed, and an
 * even sample in which those nearest to the median are looked for at the end.
 */
export class TimelineChoice {
  readonly #cells: ReadonlyMap<string, CellChoice>;

  constructor(cells: readonly CellPlan[]) {
    const share = Math.max(1, Math.floor(mostTimelines / Math.max(1, cells.length)));
    this.#cells = new Map(cells.slice(0, mostTimelines).map(({ id }) => [id, new CellChoice(share)]));
  }

  add(record: RequestRecord): void {
    this.#cells.get(record.cell)?.add(record);
  }

  timelines(): RequestTimeline[] {
    const chosen = [...this.#cells.values()].flatMap((cell) => cell.chosen());
    const most = Math.min(mostReads, Math.floor(mostReadsInAll / Math.max(1, chosen.length)));
    return chosen.map(([why, one]) => timeline(why, one, most));
  }
}

class CellChoice {
  readonly #share: number;
  readonly #failed: Candidate[] = [];
  #slowest: Candidate[] = [];
  #sample: Candidate[] = [];
  #sampleEvery = 1;
  #seen = 0;

  constructor(share: number) {
    this.#share = share;
  }

  add(record: RequestRecord): void {
    const latencyNs = record.endNs - record.sentNs;
    if (record.outcome.status === 'failed') {
      if (this.#failed.length < this.#share) this.#failed.push(candidate(record, latencyNs));
      return;
    }
    const isSampled = this.#seen++ % this.#sampleEvery === 0;
    const least = this.#slowest.length < this.#share ? -Infinity : (this.#slowest.at(-1)?.latencyNs ?? -Infinity);
    const isSlow = record.phase === 'measured' && latencyNs > least;
    if (!isSampled && !isSlow) return;
    const kept = candidate(record, latencyNs);
    if (isSampled) this.#addSample(kept);
    if (!isSlow) return;
    this.#slowest = [...this.#slowest, kept].toSorted((one, other) => other.latencyNs - one.latencyNs);
    this.#slowest.length = Math.min(this.#slowest.length, this.#share);
  }

  // Every other one is let go when there are too many, so that they stay evenly spread over the cell.
  #addSample(kept: Candidate): void {
    this.#sample.push(kept);
    if (this.#sample.length <= 2 * this.#share) return;
    this.#sample = this.#sample.filter((_, index) => index % 2 === 0);
    this.#sampleEvery *= 2;
  }

  chosen(): [RequestTimeline['why'], Candidate][] {
    const isSmall = this.#failed.length + this.#seen <= this.#share;
    const third = Math.ceil(this.#share / 3);
    const failed = this.#failed.slice(0, isSmall ? undefined : third);
    if (isSmall) return [...failed.map(named('failed')), ...this.#sample.map(named('other'))];
    const slowest = this.#slowest.slice(0, Math.max(1, Math.min(third, this.#share - failed.length)));
    const ids = new Set(slowest);
    const measured = this.#sample.filter((one) => one.request.phase === 'measured' && !ids.has(one));
    const middle = median(measured.map(({ latencyNs }) => latencyNs));
    const near = measured.toSorted(
      (one, other) => Math.abs(one.latencyNs - middle) - Math.abs(other.latencyNs - middle),
    );
    const left = Math.max(0, this.#share - failed.length - slowest.length);
    return [
      ...failed.map(named('failed')),
      ...slowest.map(named('slowest')),
      ...near.slice(0, left).map(named('median')),
    ];
  }
}

function named(why: RequestTimeline['why']): (one: Candidate) => [RequestTimeline['why'], Candidate] {
  return (one) => [why, one];
}

function candidate(record: RequestRecord, sentToEndNs: number): Candidate {
  const all = readsOf(record);
  const request = requestFacts(record);
  const latencyNs = isMissing(request.span) ? sentToEndNs : request.span.lastNs - request.span.sentNs;
  return { request, reads: thinned(all, mostReads), allReads: all.atNs.length, latencyNs };
}

function timeline(why: RequestTimeline['why'], { request, reads, allReads }: Candidate, most: number): RequestTimeline {
  const shown = thinned(reads, most);
  const us = (atNs: number): number => Math.round((atNs - request.sentNs) / 1000);
  return {
    cell: request.cell,
    why,
    request: requestResult(request),
    gapUs: shown.atNs.map((at, index) => us(at) - (index === 0 ? 0 : us(shown.atNs[index - 1] ?? at))),
    tokens: shown.tokens,
    reads: allReads,
    endUs: us(request.endNs),
  };
}
