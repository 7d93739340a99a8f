import type { EngineFacts } from '../contract/engine.ts';
import type { EnginePlan, RunPlan } from '../contract/plan.ts';

const names: Readonly<Record<EnginePlan['api'], string>> = {
  openai: 'OpenAI-compatible server',
  local: 'Transformers',
  local_vllm: 'vLLM',
  local_sglang: 'SGLang',
  local_llama_server: 'llama-server',
  local_llama: 'llama.cpp (node-llama-cpp)',
  command: 'started server',
  reference: 'reference engine',
};

/** What the plan alone tells of an engine, for a run that was stopped before its engine could say more. */
export function unknownEngine(plan: RunPlan): EngineFacts {
  return {
    name: names[plan.engine.api],
    version: null,
    device: null,
    gpuCount: null,
    url: plan.engine.api === 'openai' ? plan.engine.url : null,
    pid: null,
    weights: 'unknown',
    dtype: null,
    maxLength: null,
    cache: 'unknown',
    settings: {},
    memory: [],
    notes: [],
  };
}
