import { type ErrorCode, TokometerError } from '../../base/errors.ts';
import { oneLine, shellWord } from '../../base/escape.ts';
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
      const names = error.packages.length === 0 ? 'a package' : error.packages.join(' and ');
      return said(
        'E_MISSING_PACKAGE',
        `Transformers lacks ${names} for ${model}: ${words}`,
        installHint(error, python),
      );
    }
    case 'out-of-memory':
      return said(
        'E_ENGINE_START',
        `the memory is too small for ${model} as ${plan.dtype}: ${words}`,
        'name several devices with --gpus, choose a narrower --dtype or a quantised checkpoint, or a smaller --model',
      );
    case 'attention':
      return said(
        'E_PLAN',
        `--attn-implementation ${plan.attention ?? 'unset'} can't be used with ${model}: ${words}`,
        'choose sdpa, eager or flash_attention_2 with --attn-implementation, or leave it out',
      );
    case 'device':
      return said(
        'E_ENGINE_START',
        `${model} can't be run without a GPU: ${words}`,
        'use a machine whose GPU torch sees; on a CPU, --attn-implementation sdpa and a checkpoint that is not quantised',
      );
    case 'device-map':
      return said(
        'E_PLAN',
        `--device-map ${plan.deviceMap ?? 'unset'}: ${words}`,
        `choose auto, balanced, balanced_low_0, sequential, cpu, cuda or cuda:N with --device-map, or '{"MODULE": DEVICE}'`,
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
function installHint({ packages, hasPip }: WorkerError, python: string): string {
  if (packages.length === 0 || packages.some((name) => name === 'torch' || name === 'transformers')) {
    return 'tokometer env create transformers';
  }
  // --upgrade mends a version that is too old as well.
  const install = hasPip
    ? [python, '-m', 'pip', 'install', '--upgrade', ...packages]
    : ['uv', 'pip', 'install', '--python', python, '--upgrade', ...packages];
  const more = packages.some((name) => name.startsWith('flash-attn'))
    ? '   (or choose --attn-implementation sdpa)'
    : '';
  return `${install.map(shellWord).join(' ')}${more}`;
}
