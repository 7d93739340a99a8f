import { TokometerError } from '../../base/errors.ts';
import type { Difference, DifferenceField } from '../../contract/comparison.ts';
import type { Summary } from '../../contract/summary.ts';

/** Fields that may differ by `--allow-different`; engine and machine are only told. */
const allowableFields = ['model', 'weights', 'dtype', 'settings', 'workload', 'cache', 'definition'] as const;

export type AllowedFields = readonly DifferenceField[];

/** What is known to differ between two results, and whether that forbids a verdict. */
export function differencesOf(base: Summary, candidate: Summary, allowed: AllowedFields): Difference[] {
  const found: Omit<Difference, 'blocks'>[] = [];
  const compare = (field: DifferenceField, one: string | null, other: string | null): void => {
    if (one !== null && other !== null && one !== other) found.push({ field, base: one, candidate: other });
  };
  compare('model', modelName(base.model), modelName(candidate.model));
  compare('weights', known(base.engine.weights), known(candidate.engine.weights));
  compare('dtype', base.engine.dtype, candidate.engine.dtype);
  compare('cache', known(base.engine.cache), known(candidate.engine.cache));
  compare('workload', known(base.workload.dataset), known(candidate.workload.dataset));
  compare('workload', scaleText(base), scaleText(candidate));
  for (const [name, one, other] of settingsOfBoth(base.engine.settings, candidate.engine.settings)) {
    compare('settings', `${name} ${String(one)}`, `${name} ${String(other)}`);
  }
  compare('engine', engineText(base), engineText(candidate));
  for (const [name, one] of Object.entries(base.engine.packages ?? {})) {
    const other = candidate.engine.packages?.[name];
    if (other !== undefined) compare('engine', `${name} ${one}`, `${name} ${other}`);
  }
  compare('machine', known(base.machine), known(candidate.machine));
  compare('machine', base.engine.device, candidate.engine.device);
  return found.map((one) => ({ ...one, blocks: !isOnlyTold(one.field) && !allowed.includes(one.field) }));
}

function isOnlyTold(field: DifferenceField): boolean {
  return field === 'engine' || field === 'machine';
}

/** What can't be proved equal, because a side does not tell it. */
export function unprovedOf(base: Summary, candidate: Summary): string[] {
  const sides = [base.engine, candidate.engine];
  const unproved: string[] = [];
  if (sides.some(({ weights }) => weights === 'unknown')) unproved.push('weights');
  if (sides.some(({ dtype }) => dtype === null)) unproved.push('dtype');
  if (sides.some(({ settings, flags }) => flags === 'unknown' || Object.keys(settings).length === 0)) {
    unproved.push('flags of the engine');
  } else if (sides.some(({ flags }) => flags === 'partly known')) unproved.push('some flags of the server');
  return unproved;
}

export function engineText({ engine }: Summary): string {
  return engine.version === null ? engine.name : `${engine.name} ${engine.version}`;
}

// Qwen/Qwen2.5-7B-Instruct, /models/Qwen2.5-7B-Instruct and that name alone are one model.
function modelName(model: string): string | null {
  const last =
    model
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? model;
  return last === '' || last === 'unknown' ? null : last;
}

function known(text: string): string | null {
  return text === 'unknown' || text === '' ? null : text;
}

function scaleText({ workload }: Summary): string | null {
  if (workload.method === 'unknown') return null;
  return workload.scale === null ? 'lengths as planned' : `lengths scaled by ${workload.scale.factor.toPrecision(3)}`;
}

// Found out at each start anew, and no choice of anybody.
const ofOneStart =
  /^(?:loadMs|importMs|probe.*|(?:load|prefill|decode)PeakBytes|cacheBytes|(?:allocated|reserved)Bytes|kvCacheTokens)$/;

// A server that is started gets any free port.
function withoutPort(command: string | number | boolean | null | undefined): string {
  return String(command).replace(/(--port[ =])\d+/, '$1');
}

type Settings = Summary['engine']['settings'];

/** Settings that both tell, and tell differently. One that a side does not have says nothing of the other's. */
export function settingsOfBoth(
  base: Settings,
  candidate: Settings,
): [name: string, base: string | number | boolean, candidate: string | number | boolean][] {
  return Object.entries(base).flatMap(([name, one]) => {
    const other = candidate[name];
    if (ofOneStart.test(name)) return [];
    if (name === 'command' && withoutPort(one) === withoutPort(other)) return [];
    return one === null || other === null || other === undefined || one === other ? [] : [[name, one, other]];
  });
}

/** Reads the fields of `--allow-different`. Throws E_USAGE, which names those that there are. */
export function parseAllowed(names: readonly string[]): AllowedFields {
  return names
    .flatMap((name) => name.split(','))
    .map((name) => {
      const field = allowableFields.find((one) => one === name.trim());
      if (field !== undefined) return field;
      throw new TokometerError('E_USAGE', `--allow-different ${name} is not known`, {
        hint: `it takes ${allowableFields.join(', ')}`,
      });
    });
}
