import { expect, test } from 'vitest';

import { planScript, type ScriptName } from '../../../../src/plan/plan-script.ts';
import { qwenCsv, qwenCsvName } from '../../../../src/store/export/qwen-csv.ts';
import { fixtureSummary } from '../../report/summary-fixture.ts';

const planOf = (script: ScriptName): ReturnType<typeof planScript>['plan'] =>
  planScript(script, { flags: { 'model-id-or-path': 'Qwen/Qwen2.5-7B-Instruct', 'context-length': ['1', '6144'] } })
    .plan;

test('the columns of the Transformers script stand first, unchanged', () => {
  const [head, first] = qwenCsv(fixtureSummary(), planOf('transformers')).split('\n');
  expect(head).toMatch(
    /^model_id_or_path,batch_size,context_length_per_experiment,generate_length_per_experiment,use_flash_attn,comment,tokens_per_second,max_gpu_memory_cost_gb,n,/,
  );
  expect(first).toMatch(/^Qwen\/Qwen2.5-7B-Instruct,1,1,2048,false,,84\.39,14\.92,3,/);
});

test('the columns of the vLLM script stand first, unchanged', () => {
  const [head, first] = qwenCsv(fixtureSummary(), planOf('vllm')).split('\n');
  expect(head).toMatch(
    /^Model ID,Input Length,Output Length,TP Size,Average Time \(s\),Average Throughput \(tokens\/s\),n,/,
  );
  expect(first).toMatch(/^Qwen\/Qwen2.5-7B-Instruct,1,2048,1,/);
});

test('the file is named as the scripts name theirs', () => {
  const now = new Date(2026, 0, 31, 9, 5, 7);
  expect(qwenCsvName(planOf('vllm'), false, now)).toBe(
    'Qwen__Qwen2.5-7B-Instruct_context-length-1-6144_0131090507.csv',
  );
  expect(qwenCsvName(planOf('vllm'), true, now)).toBe('Qwen2.5-7B-Instruct_context-length-1-6144_0131090507.csv');
});
