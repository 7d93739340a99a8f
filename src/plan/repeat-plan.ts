// A run that is repeated: its stored plan comes in with what the command line says besides, a plan goes out, and in what the two
// differ. Nothing stored is taken on trust: what was masked must be given again.
import { isDeepStrictEqual } from 'node:util';

import { TokometerError } from '../base/errors.ts';
import { maskedText, maskSecrets } from '../base/mask-secrets.ts';
import type { RepeatDifference } from '../contract/manifest.ts';
import type { RunPlan } from '../contract/plan.ts';
import { makePlan } from './make-plan.ts';
import { outputOptions } from './option/output.ts';
import { perfOptions, type PerfOptions } from './option/perf.ts';
import { optionsOfPlan } from './options-of-plan.ts';
import type { PlannedRun } from './plan.ts';
import { Problems } from './problems.ts';
import { type OptionSources, readOptions } from './read-options.ts';

export interface RepeatedPlan extends PlannedRun {
  /** What the command line made different. */
  readonly differences: readonly RepeatDifference[];
}

/**
 * The plan of a run that repeats another one. Flags win over the stored plan; where results go and what is told is the command line's
 * alone. Throws E_USAGE, with all problems at once.
 */
export function repeatPlan(
  stored: RunPlan,
  sources: Pick<OptionSources, 'flags' | 'environment'> & { readonly operands?: readonly string[] },
): RepeatedPlan {
  const problems = new Problems();
  for (const word of sources.operands ?? []) problems.add(`"${word}" belongs to no option`, 'quote values with spaces');
  const { config, from: _, ...flags } = sources.flags;
  if (config !== undefined) problems.add('--config and --from are both a whole plan', 'give one of them');
  const given = readOptions(perfOptions, { flags }, problems);
  const { environment = {} } = sources;
  const { apiKey } = readOptions({ apiKey: perfOptions.apiKey }, { flags: {}, environment }, problems);
  problems.throwIfAny();
  const overrides = givenOptions(given, flags);
  const base = fewestOptions(stored);
  const before = base ?? optionsOfPlan(stored);
  const options: PerfOptions = {
    ...before,
    ...outputOf(given),
    apiKey: before.apiKey === null ? null : (apiKey ?? before.apiKey),
    ...overrides,
    headers: { ...before.headers, ...overrides.headers },
  };
  const changed = Object.keys(overrides).filter((key) => !(key in outputOptions) || key === 'name');
  if (base === null && changed.some((key) => !filledIn.includes(key))) {
    throw new TokometerError('E_USAGE', 'the plan of that run is made by no flags, so flags can change nothing in it', {
      hint: 'give nothing beside --from but --outputs-dir, --api-key and --headers, or write the whole command anew',
    });
  }
  const plan = base === null ? withSecrets(stored, options) : makePlan(options, problems);
  refuseMasked(plan, problems);
  problems.throwIfAny();
  return { plan, options, differences: planDifferences(stored, plan) };
}

// What fills in a plan without making it anew.
const filledIn = ['apiKey', 'headers'];

function givenOptions(values: PerfOptions, flags: OptionSources['flags']): Partial<PerfOptions> {
  const given = Object.entries(perfOptions).filter(([, spec]) => spec.flag in flags);
  const keys = new Set(given.map(([key]) => key));
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.has(key)));
}

/** Options of output as given, or by default: neither folder nor verbosity of the earlier run. */
function outputOf(given: PerfOptions): Partial<PerfOptions> {
  const { outputsDirectory, timestamp, logEveryRequests, push, json, quiet, debug, printPlan } = given;
  return { outputsDirectory, timestamp, logEveryRequests, push, json, quiet, debug, printPlan };
}

/**
 * Options that make the stored plan, each left at its default where that makes the same: so a flag beside them moves what follows
 * from it, too. null: no options make it.
 */
function fewestOptions(stored: RunPlan): PerfOptions | null {
  let options = optionsOfPlan(stored);
  if (!makes(options, stored)) return null;
  for (const [key, spec] of Object.entries(perfOptions)) {
    const fewer: PerfOptions = { ...options, [key]: spec.default };
    if (makes(fewer, stored)) options = fewer;
  }
  return options;
}

function makes(options: PerfOptions, stored: RunPlan): boolean {
  const problems = new Problems();
  const plan = makePlan(options, problems);
  try {
    problems.throwIfAny();
  } catch {
    return false;
  }
  return isDeepStrictEqual(measured(plan), measured(stored));
}

function measured(plan: RunPlan): Omit<RunPlan, 'output'> {
  const { output: _, ...rest } = plan;
  return rest;
}

function withSecrets(stored: RunPlan, options: PerfOptions): RunPlan {
  const { outputsDirectory: directory, timestamp, logEveryRequests, debug, apiKey, headers } = options;
  const engine = stored.engine.api === 'openai' ? { ...stored.engine, apiKey, headers } : stored.engine;
  return { ...stored, engine, output: { directory, timestamp, logEveryRequests, debug } };
}

/** Secrets are not kept in plan.json: what stands in their place would be sent as it is. */
function refuseMasked(plan: RunPlan, problems: Problems): void {
  for (const [field, value] of leavesOf(measured(plan), '')) {
    if (!hasMask(field, value)) continue;
    const flag = flagsOfFields.find(([start]) => field.startsWith(start))?.[1] ?? 'the whole command';
    problems.add(`${field} of that run holds a secret, which is not stored`, `give it again: ${flag}`);
  }
}

const flagsOfFields = [
  ['engine.apiKey', '--api-key, or the environment variable TOKOMETER_API_KEY'],
  ['engine.headers', '--headers, those with secrets; the others stay'],
  ['engine.proxy', '--proxy'],
  ['engine.url', '--url'],
  ['engine.engineArguments', '--engine-args'],
  ['engine.command', '--engine-command'],
  ['workload.extraArguments', '--extra-args'],
  ['workload.prompt', '--prompt'],
] as const;

function hasMask(field: string, value: unknown): boolean {
  if (typeof value !== 'string' || !value.includes(maskedText)) return false;
  // Only an address is masked in a prompt; stars of its own are its text.
  if (field === 'workload.prompt') return /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  return value === maskedText || value.includes(`${maskedText}@`) || /[=\s]\*{3}/.test(value);
}

/** In what a plan is not the stored one; secrets and the output place left out. */
function planDifferences(stored: RunPlan, plan: RunPlan): RepeatDifference[] {
  const [before, now] = [stored, plan].map((one) => new Map(leavesOf(measured(maskSecrets(one)), '')));
  if (before === undefined || now === undefined) return [];
  const cells = [stored, plan].map((one) => one.cells.map(({ id }) => id).join(' '));
  const found: RepeatDifference[] = [];
  if (cells[0] !== cells[1]) found.push({ what: 'plan cells', before: cells[0] ?? '', now: cells[1] ?? '' });
  for (const field of new Set([...before.keys(), ...now.keys()])) {
    if (field.startsWith('cells.') && found[0]?.what === 'plan cells') continue;
    const [one, other] = [textOf(before.get(field)), textOf(now.get(field))];
    if (one !== other) found.push({ what: `plan ${field}`, before: one, now: other });
  }
  return found;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Every value within, by its path: `engine.url`. */
function leavesOf(value: unknown, path: string): [path: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, item]) => leavesOf(item, path === '' ? name : `${path}.${name}`));
}
