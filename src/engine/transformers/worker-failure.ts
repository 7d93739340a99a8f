import { type ErrorCode, TokometerError } from '../../base/errors.ts';
import { oneLine } from '../../base/escape.ts';
import type { TransformersPlan } from '../../contract/plan.ts';
import type { WorkerError } from './messages.ts';

export interface StartFailure {
  readonly error: WorkerError;
  readonly plan: TransformersPlan;
  readonly model: string;
  /** The interpreter that was tried. */
  readonly python: string;
}

/** Why the worker could not load the model, and what helps. */
export function startFailure({ error, plan, model, python }: StartFailure): TokometerError {
  const words = oneLine(error.message, 600);
  switch (error.kind) {
    case 'missing-package': {
      const name = error.package ?? 'a package';
      return said('E_MISSING_PACKAGE', `Transformers needs ${name} for ${model}: ${words}`, installHint(name, python));
    }
    case 'out-of-memory':
      return said(
        'E_ENGINE_START',
        `the memory is too small for ${model} as ${plan.dtype}: ${words}`,
        'name several devices with --gpus, choose a narrower --dtype or a quantised checkpoint, or a smaller --model',
      );
    case 'attention':
      return said(
        'E_ENGINE_START',
        `--attn-implementation ${plan.attention ?? 'unset'} can't be used with ${model}: ${words}`,
        'choose sdpa, eager or flash_attention_2 with --attn-implementation, or leave it out',
      );
    case 'dtype':
      return said(
        'E_PLAN',
        `--dtype ${plan.dtype}: ${words}`,
        'choose auto, bfloat16, float16 or float32 with --dtype',
      );
    case 'remote-code':
      return said(
        'E_PLAN',
        `${model} brings Python code of its own, which is not run unasked: ${words}`,
        'add --trust-remote-code if you trust it',
      );
    case 'model':
      return said('E_MODEL_FILE', words, 'give a folder with config.json and weights with --model');
    case 'dummy':
      return said(
        'E_PLAN',
        `--load-format dummy can't be used with ${model}: ${words}`,
        'use real weights, or name a checkpoint that is not quantised',
      );
    case 'prompt':
    case 'engine':
      return said(
        'E_ENGINE_START',
        `Transformers could not load ${model}: ${words}`,
        'the whole story is in engine.log',
      );
  }
}

function said(code: ErrorCode, message: string, hint: string): TokometerError {
  return new TokometerError(code, message, { hint });
}

// The packages of the managed environment come with it; others are added to the interpreter that runs.
function installHint(name: string, python: string): string {
  if (/^(torch|transformers|accelerate|safetensors)$/.test(name)) return 'tokometer env create transformers';
  const distribution = name.replaceAll('_', '-');
  const more = distribution === 'flash-attn' ? ', or choose --attn-implementation sdpa' : '';
  return `${python} -m pip install ${distribution}${more}`;
}
