import type { ServerCounters } from '../../contract/engine.ts';
import type { ServerFigure, ServerFigureId, ServerTruth } from '../../contract/server-truth.ts';
import type { ServerSample } from '../../contract/telemetry.ts';
import { extentOf, requestsByPass } from '../passes.ts';
import type { RequestFacts } from '../request-facts.ts';
import { clientTotal, serverFigure } from './server-figure.ts';

/** What the counters rose by, over one pass or several. */
interface Rise {
  readonly requests: number | null;
  readonly promptTokens: number | null;
  readonly outputTokens: number | null;
  readonly ttft: { readonly count: number; readonly totalMs: number } | null;
  readonly latency: { readonly count: number; readonly totalMs: number } | null;
  readonly decodeMs: number | null;
}

/** The rise of a server's counters over the passes of a row; null where they were not read around one of them. */
export function counterTruth(measured: readonly RequestFacts[], samples: readonly ServerSample[]): ServerTruth | null {
  const passes = samples.length === 0 ? [] : requestsByPass(measured);
  let total: Rise | null = null;
  let otherRequests = 0;
  let source = '';
  let reason: string | null = null;
  for (const requests of passes) {
    const [before, after] = around(requests, samples);
    if (before === null || after === null) return null;
    const rise = riseOf(before, after);
    if (rise === null) return null;
    source = after.source;
    otherRequests += othersOf(rise, requests);
    reason ??= mismatch(rise, requests);
    total = total === null ? rise : sumOf(total, rise);
  }
  if (total === null) return null;
  const counted = total.requests === null ? null : otherRequests;
  if (otherRequests > 0) reason = 'requests of others were answered meanwhile';
  return { source, reason, otherRequests: counted, figures: reason === null ? figuresOf(total, measured) : [] };
}

// A pass lies between the last reading before its first request and the first one after its last.
function around(
  requests: readonly RequestFacts[],
  samples: readonly ServerSample[],
): [before: ServerCounters | null, after: ServerCounters | null] {
  const { fromNs, toNs } = extentOf(requests);
  const before = samples.findLast(({ atNs }) => atNs <= fromNs);
  const after = samples.find(({ atNs }) => atNs >= toNs);
  return [before?.counters ?? null, after?.counters ?? null];
}

// null: a counter fell, so the server was started anew in between.
function riseOf(before: ServerCounters, after: ServerCounters): Rise | null {
  const rise: Rise = {
    requests: minus(after.requests, before.requests),
    promptTokens: minus(after.promptTokens, before.promptTokens),
    outputTokens: minus(after.outputTokens, before.outputTokens),
    ttft: timesBetween(before.ttft, after.ttft),
    latency: timesBetween(before.latency, after.latency),
    decodeMs: minus(after.decodeMs, before.decodeMs),
  };
  const fell = [rise.requests, rise.outputTokens, rise.ttft?.count ?? null, rise.latency?.count ?? null];
  return fell.some((one) => one !== null && one < 0) ? null : rise;
}

// A request that was sent again may have reached the server before.
function othersOf(rise: Rise, requests: readonly RequestFacts[]): number {
  const counts = [rise.requests, rise.ttft?.count ?? null, rise.latency?.count ?? null].filter((one) => one !== null);
  const attempts = requests.reduce((sum, one) => sum + one.attempts, 0);
  return Math.max(0, ...counts.map((count) => count - attempts));
}

/** Why the counters of a pass are not those of its requests; null: they are. */
function mismatch(rise: Rise, requests: readonly RequestFacts[]): string | null {
  const failed = requests.filter(({ outcome }) => outcome.status !== 'ok').length;
  if (failed > 0) return 'requests failed, which servers count in different ways';
  const sent = requests.length;
  if (rise.requests !== null && rise.requests !== sent) {
    return rise.requests < sent
      ? `it counted ${rise.requests} of ${sent} requests`
      : 'requests were sent again, and it counted some of them twice';
  }
  // Without a count of requests that of tokens must do.
  if (rise.requests !== null) return null;
  const tokens = clientTotal('output_tokens', requests);
  if (rise.outputTokens === null || tokens === null) return 'it counts no requests';
  return rise.outputTokens === tokens ? null : `it counted ${rise.outputTokens} generated tokens in place of ${tokens}`;
}

function figuresOf(rise: Rise, requests: readonly RequestFacts[]): ServerFigure[] {
  const n = requests.length;
  const server: readonly [ServerFigureId, number | null][] = [
    ['ttft', rise.ttft?.count === n ? rise.ttft.totalMs : null],
    ['latency', rise.latency?.count === n ? rise.latency.totalMs : null],
    ['decode_time', rise.decodeMs],
    ['prompt_tokens', rise.promptTokens],
    ['output_tokens', rise.outputTokens],
  ];
  return server.flatMap(([id, sum]) =>
    sum === null ? [] : [serverFigure(id, { n, server: sum, client: clientTotal(id, requests) })],
  );
}

function sumOf(one: Rise, other: Rise): Rise {
  return {
    requests: plus(one.requests, other.requests),
    promptTokens: plus(one.promptTokens, other.promptTokens),
    outputTokens: plus(one.outputTokens, other.outputTokens),
    ttft: timesOf(one.ttft, other.ttft),
    latency: timesOf(one.latency, other.latency),
    decodeMs: plus(one.decodeMs, other.decodeMs),
  };
}

function timesBetween(before: Rise['ttft'], after: Rise['ttft']): Rise['ttft'] {
  if (before === null || after === null) return after;
  return { count: after.count - before.count, totalMs: after.totalMs - before.totalMs };
}

function timesOf(one: Rise['ttft'], other: Rise['ttft']): Rise['ttft'] {
  return one === null || other === null
    ? null
    : { count: one.count + other.count, totalMs: one.totalMs + other.totalMs };
}

// A counter that was not there before had not counted yet: some servers make them with their first request.
function minus(after: number | null, before: number | null): number | null {
  return after === null ? null : after - (before ?? 0);
}

function plus(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
