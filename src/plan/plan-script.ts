import { makePlan } from './make-plan.ts';
import { perfOptions, type PerfOptions } from './option/perf.ts';
import { transformersScriptOptions, vllmScriptOptions } from './option/scripts.ts';
import type { PlannedRun } from './plan.ts';
import { Problems } from './problems.ts';
import { type OptionSources, readOptions } from './read-options.ts';

/** The two scripts whose place `tokometer transformers` and `tokometer vllm` take. */
export type ScriptName = 'transformers' | 'vllm';

/** Plans a run as Qwen's script of that name takes its flags. Throws one TokometerError (exit 2) that lists all problems. */
export function planScript(
  script: ScriptName,
  sources: OptionSources & { readonly operands?: readonly string[] },
): PlannedRun {
  const problems = new Problems(script);
  for (const word of sources.operands ?? []) problems.add(`"${word}" belongs to no option`);
  const table = script === 'transformers' ? transformersScriptOptions : vllmScriptOptions;
  const given: Record<string, unknown> = readOptions(table, sources, problems);
  if (given['model'] === null) problems.add('--model_id_or_path is missing', 'a hub name or a local folder');
  if (given['promptLengths'] === null) problems.add('--context_length is missing', 'such as 6144');
  problems.throwIfAny();
  const defaults = readOptions(perfOptions, { flags: {} }, problems);
  const options: PerfOptions = {
    ...defaults,
    ...given,
    api: script === 'transformers' ? 'local' : 'local_vllm',
    // As documented: Hugging Face, unless the flag says otherwise.
    hub: given['hub'] === 'modelscope' ? 'modelscope' : 'huggingface',
  };
  const plan = makePlan(options, problems);
  problems.throwIfAny();
  return { plan, options };
}
