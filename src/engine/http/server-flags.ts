// Which flags a running server tells of: those that decide its speed, under its own names. Comes in: its answers. Goes out:
// settings to be compared, and whether they are all there are.
import type { EngineFacts } from '../../contract/engine.ts';
import { fieldOf, textOf } from './server-words.ts';

export interface FlagsTold {
  readonly settings: EngineFacts['settings'];
  readonly flags: NonNullable<EngineFacts['flags']>;
}

const nothingTold: FlagsTold = { settings: {}, flags: 'unknown' };

// What is measured at the start (`num_gpu_blocks`) differs from start to start, and is no flag.
const vllmNames = [
  'block_size',
  'cache_dtype',
  'calculate_kv_scales',
  'cpu_offload_gb',
  'gpu_memory_utilization',
  'kv_cache_memory_bytes',
  'num_gpu_blocks_override',
  'sliding_window',
  'swap_space',
];

/** vLLM tells of its cache alone, and counts drafts where it decodes speculatively. */
export function vllmFlags(cacheConfig: Readonly<Record<string, string>> | null, metrics: string): FlagsTold {
  if (cacheConfig === null) return nothingTold;
  const entries = vllmNames.flatMap((name): [string, string][] => {
    const value = cacheConfig[name];
    return value === undefined || value === 'None' ? [] : [[name, value]];
  });
  const drafts = /^vllm:spec_decode_num_drafts/m.test(metrics) ? { speculativeDecoding: 'on' } : {};
  return { settings: { ...Object.fromEntries(entries), ...drafts }, flags: 'partly known' };
}

const sglangNames = [
  'attention_backend',
  'chunked_prefill_size',
  'context_length',
  'cuda_graph_max_bs',
  'disable_cuda_graph',
  'disable_overlap_schedule',
  'dp_size',
  'dtype',
  'enable_mixed_chunk',
  'enable_torch_compile',
  'ep_size',
  'kv_cache_dtype',
  'load_format',
  'max_prefill_tokens',
  'max_running_requests',
  'mem_fraction_static',
  'page_size',
  'pp_size',
  'quantization',
  'revision',
  'sampling_backend',
  'schedule_policy',
  'speculative_draft_model_path',
  'speculative_eagle_topk',
  'speculative_num_draft_tokens',
  'speculative_num_steps',
  'tp_size',
];

/** SGLang tells all arguments that it runs with. */
export function sglangFlags(info: unknown): FlagsTold {
  if (fieldOf(info, 'tp_size') === undefined) return nothingTold;
  const algorithm = textOf(fieldOf(info, 'speculative_algorithm'));
  const drafts = algorithm === null ? {} : { speculativeDecoding: algorithm };
  return { settings: { ...told(info, sglangNames), ...drafts }, flags: 'known' };
}

/** llama-server tells of its slots, and not of its threads and layers. */
export function llamaFlags(properties: unknown): FlagsTold {
  if (properties === undefined) return nothingTold;
  const drafts = fieldOf(properties, 'default_generation_settings', 'speculative') === true;
  const settings = { ...told(properties, ['total_slots']), ...(drafts ? { speculativeDecoding: 'on' } : {}) };
  return { settings, flags: 'partly known' };
}

function told(answer: unknown, names: readonly string[]): Record<string, string | number | boolean> {
  const found = names.flatMap((name): [string, string | number | boolean][] => {
    const value = fieldOf(answer, name);
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, value]] : [];
  });
  return Object.fromEntries(found);
}
