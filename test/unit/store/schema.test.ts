import { expect, test } from 'vitest';
import type { z } from 'zod';

import type { EngineFacts } from '../../../src/contract/engine.ts';
import type { EnvironmentFacts } from '../../../src/contract/environment.ts';
import type { EnginePlan, RunPlan } from '../../../src/contract/plan.ts';
import type { RequestRecord } from '../../../src/contract/record.ts';
import type { engineSchema } from '../../../src/contract/schema/engine.ts';
import type { environmentSchema } from '../../../src/contract/schema/environment.ts';
import { planSchema } from '../../../src/contract/schema/plan.ts';
import type { recordLineSchema } from '../../../src/contract/schema/record.ts';
import { summarySchema } from '../../../src/contract/schema/summary.ts';
import type { workloadSchema } from '../../../src/contract/schema/workload.ts';
import type { Summary } from '../../../src/contract/summary.ts';
import type { WorkloadFacts } from '../../../src/contract/workload.ts';
import { summarize } from '../../../src/metrics/summarize.ts';
import { plan, refused, runOf, scriptedRecord } from '../metrics/scripted-run.ts';

type Mutable<Value> = Value extends object ? { -readonly [Key in keyof Value]: Mutable<Value[Key]> } : Value;
type Takes<Schema extends z.ZodType, Contract> = Mutable<Contract> extends z.infer<Schema> ? true : false;

// A schema that gives less than its contract does not compile where it is declared; one that takes less fails here.
const agreed: {
  readonly plan: Takes<typeof planSchema, RunPlan>;
  readonly environment: Takes<typeof environmentSchema, EnvironmentFacts>;
  readonly engine: Takes<typeof engineSchema, EngineFacts>;
  readonly workload: Takes<typeof workloadSchema, WorkloadFacts>;
  readonly record: Takes<
    typeof recordLineSchema,
    Omit<RequestRecord, 'chunkNs' | 'chunkTokens'> & { v: 1; chunkNs: number[]; chunkTokens: number[] | null }
  >;
  readonly summary: Takes<typeof summarySchema, Summary>;
} = { plan: true, environment: true, engine: true, workload: true, record: true, summary: true };

test('schemas take all that their contracts allow', () => {
  expect(Object.values(agreed)).not.toContain(false);
});

test('a summary passes its schema unchanged', () => {
  const summary = summarize(runOf([scriptedRecord(), scriptedRecord({}, { outcome: refused })]));
  expect(summarySchema.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary);
});

test('plans of every engine pass, unknown fields are left out', () => {
  const engines: EnginePlan[] = [
    { api: 'local_llama', loadFormat: 'dummy', dummyQuantization: 'Q8_0', threads: null },
    {
      api: 'reference',
      timing: { ttftMs: 50, itlMs: 10, jitterMs: 0, prefillTokensPerSecond: null, tokensPerChunk: 1, seed: 1 },
    },
  ];
  for (const engine of engines) expect(planSchema.parse({ ...plan, engine, later: true })).toEqual({ ...plan, engine });
});
