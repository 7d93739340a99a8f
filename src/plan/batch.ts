// A batch is a list of plans: this is where a batch file becomes one. Every run is planned before anything starts, and
// all problems of all runs are told at once. It knows no run directory: what is done already is not asked here.
import { createHash } from 'node:crypto';
import path from 'node:path';

import { fileName } from '../base/escape.ts';
import { maskSecrets } from '../base/mask-secrets.ts';
import type { RunPlan } from '../contract/plan.ts';
import { readBatchFile } from './batch-file.ts';
import { ProblemsOfRuns } from './batch-problems.ts';
import { makePlan } from './make-plan.ts';
import { perfOptions } from './option/perf.ts';
import { Problems } from './problems.ts';
import { type GivenOptions, type OptionSources, readOptions } from './read-options.ts';

export interface PlannedBatch {
  readonly name: string;
  /** The folder of batch.json and of all runs. */
  readonly directory: string;
  readonly entries: readonly PlannedEntry[];
  /** How often each entry is run. */
  readonly rounds: number;
  /** Round by round, each entry once; else entry by entry. */
  readonly interleave: boolean;
}

/** One run of a batch. Entries with equal digests measure the same. */
export interface PlannedEntry {
  readonly id: string;
  /** As the file has it; the plan's own name is the id, so that its runs lie there. */
  readonly name: string | null;
  readonly digest: string;
  readonly plan: RunPlan;
}

/** Options that no run of a batch can have for itself, and what to do instead. */
const refused: Readonly<Record<string, string>> = {
  'outputs-dir': 'give it on the command line: tokometer batch FILE --outputs-dir FOLDER',
  timestamp: 'leave it out: each run of a batch has a folder of its own',
  json: 'give it on the command line: tokometer batch FILE --json',
  quiet: 'give it on the command line: tokometer batch FILE --quiet',
  push: 'give it on the command line: tokometer batch FILE --push URL',
  'print-plan': 'give it on the command line: tokometer batch FILE --print-plan',
  config: 'write its options under defaults',
  from: 'write its options under runs, or repeat it by itself: tokometer perf --from RUN',
};

/** What the command line says of a batch as a whole. */
export interface BatchContext {
  readonly outputs?: string;
  readonly environment?: NonNullable<OptionSources['environment']>;
  readonly debug?: boolean;
  readonly interleave?: boolean;
  /** null: as the file has it. */
  readonly repeat?: number | null;
}

// Two starts a side are the fewest for a verdict; three have an interval that is of use.
const defaultRounds = 3;

/**
 * Plans every run of a batch file. Throws one TokometerError (exit 2) that lists all problems of all runs.
 * `outputs`: the folder in which `batch/{name}` lies.
 */
export async function planBatch(file: string, context: BatchContext = {}): Promise<PlannedBatch> {
  const problems = new Problems('batch');
  const read = await readBatchFile(file, problems);
  const name = read.name ?? path.basename(file).replace(/\.(ya?ml|json)$/i, '');
  const directory = path.join(context.outputs ?? 'outputs', 'batch', fileName(name));
  const environment = context.environment ?? {};
  const found = new ProblemsOfRuns();
  const debug = context.debug === true ? { debug: true } : {};
  const entries = read.runs.map((given, index) =>
    planEntry({ ...given, ...debug }, { directory, environment, problems: found.ofRun(index + 1) }),
  );
  tellDuplicates(entries, found);
  const interleave = context.interleave === true || read.interleave === true;
  if (interleave && read.runs.length === 1) {
    problems.add(`${file} has one run, and nothing to take turns with`, 'add the other one, or leave out interleave');
  }
  const rounds = context.repeat ?? read.repeat ?? (interleave ? defaultRounds : 1);
  found.tell(file, read.runs.length, problems);
  problems.throwIfAny();
  return { name, directory, entries, rounds, interleave };
}

function planEntry(
  given: GivenOptions,
  context: { directory: string; environment: NonNullable<OptionSources['environment']>; problems: Problems },
): PlannedEntry {
  const { directory, environment, problems } = context;
  const own = Object.entries(given).filter(([option]) => {
    const instead = refused[option];
    if (instead !== undefined) problems.add(`"${option}" is no option of a single run`, instead);
    return instead === undefined;
  });
  const options = readOptions(
    perfOptions,
    { flags: {}, file: Object.fromEntries(own), environment, place: '' },
    problems,
  );
  const plan = makePlan(options, problems);
  const digest = digestOf(plan);
  const label = options.name ?? plan.model.split(/[/\\]/).findLast((part) => part !== '') ?? '';
  const id = `${fileName(label).slice(0, 60)}-${plan.engine.api}-${digest.slice(0, 10)}`;
  // Its problems are those of the plan before, which are told already.
  const placed = makePlan({ ...options, name: id, outputsDirectory: directory, timestamp: true }, new Problems());
  return { id, name: options.name, digest, plan: placed };
}

/**
 * What a plan measures, as 64 hexadecimal digits. Where results go, how much is told, how long one waits and the API key are not
 * in it: a run that was measured stays measured when they change. A name is, so that the same can be measured twice.
 */
function digestOf(plan: RunPlan): string {
  const { output: _, ...measured } = maskSecrets(plan);
  const text = JSON.stringify(measured, (key, value: unknown) => {
    if (value === null || key === 'apiKey' || key.endsWith('TimeoutMs')) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
  return createHash('sha256').update(text).digest('hex');
}

// A run with another problem has no digest of its own yet.
function tellDuplicates(entries: readonly PlannedEntry[], found: ProblemsOfRuns): void {
  const firstOf = new Map<string, number>();
  entries.forEach(({ digest }, index) => {
    const number = index + 1;
    if (found.has(number)) return;
    const first = firstOf.get(digest);
    if (first === undefined) firstOf.set(digest, number);
    else found.ofRun(number).add(`the same as run ${first}`, 'leave it out, or give it a name to measure it twice');
  });
}
