import type { CellPlan, SloLimit } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { Summary } from '../../../src/contract/summary.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { engine, plan, refused, runOf, scriptedRecord, workload as baseFacts } from '../metrics/scripted-run.ts';

const points = [
  { parallel: 1, requests: 20, itlMs: 10 },
  { parallel: 64, requests: 256, itlMs: 12 },
  { parallel: 512, requests: 1024, itlMs: 31 },
];

const cells = points.map(({ parallel, requests }): CellPlan => ({
  id: `c${parallel}-n${requests}-g128`,
  kind: 'load',
  promptTokens: null,
  outputTokens: 128,
  parallel,
  arrival: null,
  requests,
  warmupRequests: parallel,
}));

/** Three loads of one fixed prompt, each wave a little slower than the one before; `failing`: so many of each fail, `slo`: judged by these limits. */
export function loadSummary(failing = 0, repetitions = 1, slo: readonly SloLimit[] = []): Summary {
  const workload = { ...plan.workload, dataset: 'prompt' as const, prompt: 'hi' };
  const records: RequestRecord[] = [];
  for (const [place, { parallel, requests, itlMs }] of points.entries()) {
    for (let index = 0; index < requests * repetitions; index++) {
      const wave = Math.floor((index % requests) / parallel);
      const repetition = 1 + Math.floor(index / requests);
      const sentMs = 1000 * repetition + wave * 128 * itlMs * 1.05 + repetition * 600_000;
      const script = { sentMs, ttftMs: 20 + (index % 50) * place, itlMs: itlMs + (index % 7) / 10, tokens: 128 };
      records.push(
        scriptedRecord(script, {
          id: records.length,
          cell: cells[place]?.id ?? '',
          repetition,
          requestedPromptTokens: null,
          promptTokens: 2,
          endNs: (sentMs + script.ttftMs + 127 * script.itlMs) * 1e6,
          ...(index < failing ? { outcome: refused } : {}),
        }),
      );
    }
  }
  const workloadOf = { ...baseFacts, method: 'fixed-text' as const, nonce: null };
  const traffic = { ...plan.traffic, repetitions };
  return summarize(
    runOf(records, {
      plan: { ...plan, workload, traffic, cells, slo },
      cells,
      workload: { ...workloadOf, cells },
      engine,
    }),
  );
}

/** The same loads as rates of an open loop: 20 and 64 requests a second, each request sent a little late. */
export function openLoopSummary(): Summary {
  const rates = [20, 64];
  const openCells = rates.map((requestsPerSecond): CellPlan => ({
    id: `r${requestsPerSecond}-n200-g16`,
    kind: 'load',
    promptTokens: null,
    outputTokens: 16,
    parallel: null,
    arrival: { kind: 'poisson', requestsPerSecond },
    requests: 200,
    warmupRequests: 40,
  }));
  const records = openCells.flatMap(({ id, arrival }) =>
    Array.from({ length: 200 }, (_, place) => {
      const dueMs = 1000 + (place * 1000) / (arrival?.requestsPerSecond ?? 1);
      const sentMs = dueMs + 0.01 + (place % 10) / 100;
      const script = { sentMs, ttftMs: 40 + (place % 50), itlMs: 10, tokens: 16 };
      const endNs = (sentMs + script.ttftMs + 150) * 1e6;
      const fields = { id: place, cell: id, dueNs: dueMs * 1e6, requestedPromptTokens: null, promptTokens: 2, endNs };
      return scriptedRecord(script, fields);
    }),
  );
  const workload = { ...plan.workload, dataset: 'prompt' as const, prompt: 'hi' };
  const traffic = { ...plan.traffic, repetitions: 1 };
  const facts = { ...baseFacts, method: 'fixed-text' as const, nonce: null, cells: openCells };
  const openPlan = { ...plan, workload, traffic, cells: openCells };
  return summarize(runOf(records, { plan: openPlan, cells: openCells, workload: facts, engine }));
}
