// How exactly the open loop sends: lateness of each request against its due time, and what the loop's waiting costs.
// node bench/open-loop.js [seconds]      (after npm run build; on an idle machine)
import os from 'node:os';

import { startRunClock } from '../dist/base/clock.js';
import { LiveCounters } from '../dist/base/live-counters.js';
import { arrivals } from '../dist/traffic/arrival/arrivals.js';
import { runOpenLoop } from '../dist/traffic/loop/open-loop.js';

const seconds = Number(process.argv[2] ?? 5);
const clock = startRunClock();
const cases = [
  { requestsPerSecond: 1000, kind: 'constant' },
  { requestsPerSecond: 1000, kind: 'poisson' },
  { requestsPerSecond: 200, kind: 'constant' },
  { requestsPerSecond: 200, kind: 'poisson' },
  { requestsPerSecond: 20, kind: 'constant' },
];

function* points(count) {
  for (let index = 0; index < count; index++) {
    yield {
      point: { index, promptTokens: 1, outputTokens: 1 },
      cell: 'c',
      execution: 1,
      repetition: 1,
      phase: 'measured',
    };
  }
}

// An engine that answers at once: what is measured is the loop alone.
const engine = {
  send(_request, sink) {
    sink.sent(clock.nowNs(), null);
    return Promise.resolve({ status: 'ok' });
  },
};

async function measure({ requestsPerSecond, kind }) {
  const count = requestsPerSecond * seconds;
  const lateNs = [];
  let driftNs = 0;
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await runOpenLoop({
    engine,
    clock,
    source: { at: (point) => point },
    points: points(count),
    dueNs: arrivals({ kind, requestsPerSecond, seed: 'open-loop' }),
    counters: new LiveCounters(),
    signal: new AbortController().signal,
    countSource: 'engine',
    onRecord: (record) => {
      lateNs.push(record.sentNs - record.dueNs);
      driftNs = record.sentNs - record.dueNs;
    },
  });
  const cpu = process.cpuUsage(cpuBefore);
  const wallMs = performance.now() - startedMs;
  lateNs.sort((a, b) => a - b);
  const at = (share) => Number((lateNs[Math.floor(share * (count - 1))] / 1000).toFixed(1));
  return {
    requestsPerSecond,
    arrivals: kind,
    n: count,
    lateUsP50: at(0.5),
    lateUsP99: at(0.99),
    lateUsMax: at(1),
    lastLateUs: Number((driftNs / 1000).toFixed(1)),
    cpuPercentOfACore: Math.round((cpu.user + cpu.system) / 10 / wallMs),
  };
}

console.log(
  `${os.cpus()[0]?.model}, ${os.cpus().length} cores, node ${process.version}, load ${os.loadavg()[0].toFixed(2)}`,
);
const rows = [];
for (const one of cases) rows.push(await measure(one));
console.table(rows);
