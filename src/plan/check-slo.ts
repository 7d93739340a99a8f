import type { PerfOptions } from './option/perf.ts';
import type { Problems } from './problems.ts';

/** Limits that nothing can be judged by. */
export function checkSlo({ slo, prompt }: Pick<PerfOptions, 'slo' | 'prompt'>, problems: Problems): void {
  if (slo.length === 0 || prompt !== null) return;
  problems.add(
    '--slo judges the requests of a load, and a speed dataset sends one request at a time',
    'leave it out; --prompt TEXT measures a load',
  );
}
