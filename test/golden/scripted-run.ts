import { writeFile } from 'node:fs/promises';

import { seededRandom } from '../../src/base/random.ts';
import type { EngineFacts } from '../../src/contract/engine.ts';
import type { CellPlan, RunPlan } from '../../src/contract/plan.ts';
import type { ProtocolFacts } from '../../src/contract/protocol.ts';
import type { RequestRecord } from '../../src/contract/record.ts';
import type { WorkloadFacts } from '../../src/contract/workload.ts';
import { openRunStore } from '../../src/store/run-store.ts';
import * as base from '../unit/metrics/scripted-run.ts';

const cells: readonly CellPlan[] = [1, 24, 56].map((promptTokens) => ({
  ...base.cell,
  id: `p${promptTokens}-g32-c1`,
  promptTokens,
  outputTokens: 32,
}));

const plan: RunPlan = {
  ...base.plan,
  cells: [1, 6144, 14_336].map((promptTokens, index) => ({
    ...base.cell,
    id: cells[index]?.id ?? '',
    promptTokens,
    outputTokens: 2048,
  })),
};

const engine: EngineFacts = {
  ...base.engine,
  name: 'llama-server',
  version: 'b1234',
  weights: 'dummy',
  settings: { threads: 2, flashAttention: false },
  notes: ['The server names no device.'],
};

const workload: WorkloadFacts = {
  ...base.workload,
  scale: {
    factor: 1 / 256,
    plannedPromptTokens: [1, 6144, 14_336],
    plannedOutputTokens: 2048,
    reason: 'to end in 2 min',
  },
  cells,
  prompts: [],
};

const protocol: ProtocolFacts = {
  v: 1,
  isDone: false,
  starts: [{ execution: 1, readyMs: 1234.5, cells: cells.map(({ id }) => id) }],
  warmups: [
    {
      cell: cells[0]?.id ?? '',
      execution: 1,
      passes: 1,
      steady: false,
      reason: 'time',
      timesMs: [10.5],
      spread: null,
    },
  ],
  stops: [{ cell: cells[0]?.id ?? '', reason: 'repetitions', halfWidth: null }],
};

// The stamps of one answer: single tokens at about 10 ms, drawn in whole nanoseconds.
function answer(index: number, cell: CellPlan, fields: Partial<RequestRecord>): RequestRecord {
  const random = seededRandom(`golden ${index}`);
  const sentNs = 1_000_000_000 + index * 500_000_000;
  let atNs = sentNs + 20_000_000 + (cell.promptTokens ?? 0) * 250_000 + random.nextBelow(1_000_000);
  const chunkNs = Float64Array.from({ length: 32 }, (_, token) => {
    if (token > 0) atNs += 10_000_000 + (cell.promptTokens ?? 0) * 10_000 + random.nextBelow(200_000);
    return atNs;
  });
  return base.scriptedRecord(
    { tokens: 32 },
    {
      id: index,
      cell: cell.id,
      dueNs: sentNs,
      sentNs,
      endNs: atNs + 150_000,
      chunkNs,
      requestedPromptTokens: cell.promptTokens,
      promptTokens: cell.promptTokens,
      ...fields,
    },
  );
}

function records(): RequestRecord[] {
  const [one, middle, long] = cells;
  if (one === undefined || middle === undefined || long === undefined) return [];
  const clean = [0, 1, 2, 3].map((place) =>
    answer(place, one, { phase: place === 0 ? 'warmup' : 'measured', repetition: Math.max(1, place) }),
  );
  const coalesced = answer(6, middle, { repetition: 2, cachedTokens: null, attempts: 2, connectNs: 412_345 });
  for (let token = 8; token < 12; token++) coalesced.chunkNs[token] = coalesced.chunkNs[8] ?? 0;
  return [
    ...clean,
    answer(4, middle, { phase: 'warmup', cachedTokens: null }),
    answer(5, middle, {
      repetition: 1,
      cachedTokens: null,
      chunkTokens: null,
      outputTokens: 33,
      requestedOutputTokens: 64,
    }),
    coalesced,
    answer(7, middle, { repetition: 3, outcome: base.refused, chunkNs: new Float64Array(), chunkTokens: null }),
    answer(8, long, { repetition: 1, promptTokens: 57, cachedTokens: 16 }),
  ];
}

/** Writes the files of the golden run. */
export async function writeScriptedRun(directory: string): Promise<void> {
  await writeFile(`${directory}/records.jsonl`, '');
  const store = await openRunStore(directory);
  await store.writePlan(plan);
  await store.writeEnvironment(base.environment);
  await store.writeEngine(engine);
  await store.writeWorkload(workload);
  await store.writeProtocol(protocol);
  for (const record of records()) store.appendRecord(record);
  await store.close();
}
