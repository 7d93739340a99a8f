import { maskVariable } from '../base/mask-secrets.ts';

// Those that change how an engine computes, loads or is reached.
const heeded =
  /^(?:(?:CUDA|VLLM|SGLANG|SGL|HF|OMP|MKL|PYTORCH|TORCH|NCCL|TOKOMETER|TRANSFORMERS|GGML|LLAMA|HIP|ROCR|HSA|NVIDIA|TRITON|FLASHINFER)_.*|LD_LIBRARY_PATH|LD_PRELOAD|MODELSCOPE_.*|OPENBLAS_NUM_THREADS|TOKENIZERS_PARALLELISM|UV_THREADPOOL_SIZE|NODE_OPTIONS|(?:https?|all|no)_proxy)$/i;

/** The environment variables that engines heed, by name in order. Secrets are masked. */
export function engineVariables(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    value === undefined || !heeded.test(name) ? [] : [[name, maskVariable(name, value)]],
  );
  return Object.fromEntries(kept.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
