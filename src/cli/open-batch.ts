import type { Summary } from '../contract/summary.ts';
import { verdictOf } from '../metrics/verdict.ts';
import type { PlannedBatch, PlannedEntry } from '../plan/batch.ts';
import { hasRuns, readBatch, readEntryRuns, writeBatch } from '../store/batch.ts';

/** A batch and how far it is: a run is done when its folder holds the summary of a whole run. */
export interface OpenBatch {
  readonly steps: readonly BatchStep[];
  /** Runs that the file no longer asks for, by their ids; what they left is kept. */
  readonly noLongerAsked: readonly string[];
}

export interface BatchStep {
  /** From 1, in the order in which they are run. */
  readonly number: number;
  /** Which of the runs of this entry it is, from 1; null: there is one. */
  readonly round: number | null;
  readonly entry: PlannedEntry;
  /** What an earlier start measured; null: it is still to be done. */
  readonly done: Summary | null;
}

/** Writes batch.json anew from the plans, keeps what it knew besides, and looks which runs are done. */
export async function openBatch({ name, directory, entries, rounds, interleave }: PlannedBatch): Promise<OpenBatch> {
  const known = (await readBatch(directory))?.entries ?? [];
  const asked = new Set(entries.map(({ digest }) => digest));
  const kept = [];
  for (const entry of known) {
    if (!asked.has(entry.digest) && (await hasRuns(directory, entry))) kept.push({ ...entry, asked: false });
  }
  const listed = entries.map(({ id, digest, plan }) => ({ id, digest, directory: id, asked: true, plan }));
  await writeBatch(directory, { v: 1, name, entries: [...listed, ...kept] });
  const found = new Map<PlannedEntry, Summary[]>();
  for (const entry of entries) {
    const runs = await readEntryRuns(directory, { directory: entry.id });
    const done = runs.flatMap(({ summary }) => (isDone(summary) ? [summary] : []));
    found.set(entry, done.slice(-rounds));
  }
  const steps = inOrder(entries, { rounds, interleave }).map(({ entry, round }, index): BatchStep => {
    const done = found.get(entry)?.[round - 1] ?? null;
    return { number: index + 1, round: rounds === 1 ? null : round, entry, done };
  });
  return { steps, noLongerAsked: kept.map(({ id }) => id) };
}

/** Every entry so often: A A B B, or interleaved A B A B. */
function inOrder(
  entries: readonly PlannedEntry[],
  { rounds, interleave }: Pick<PlannedBatch, 'rounds' | 'interleave'>,
): { entry: PlannedEntry; round: number }[] {
  const all = Array.from({ length: rounds }, (_, index) => index + 1);
  return interleave
    ? all.flatMap((round) => entries.map((entry) => ({ entry, round })))
    : entries.flatMap((entry) => all.map((round) => ({ entry, round })));
}

// A run in which nothing succeeded has measured nothing: once its cause is mended it is worth another try.
function isDone(summary: Summary): boolean {
  return summary.state === 'complete' && verdictOf(summary) !== 'all-failed';
}
