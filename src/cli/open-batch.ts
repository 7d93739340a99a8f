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
  /** From 1. */
  readonly number: number;
  readonly entry: PlannedEntry;
  /** What an earlier start measured; null: it is still to be done. */
  readonly done: Summary | null;
}

/** Writes batch.json anew from the plans, keeps what it knew besides, and looks which runs are done. */
export async function openBatch({ name, directory, entries }: PlannedBatch): Promise<OpenBatch> {
  const known = (await readBatch(directory))?.entries ?? [];
  const asked = new Set(entries.map(({ digest }) => digest));
  const kept = [];
  for (const entry of known) {
    if (!asked.has(entry.digest) && (await hasRuns(directory, entry))) kept.push({ ...entry, asked: false });
  }
  const listed = entries.map(({ id, digest, plan }) => ({ id, digest, directory: id, asked: true, plan }));
  await writeBatch(directory, { v: 1, name, entries: [...listed, ...kept] });
  const steps: BatchStep[] = [];
  for (const [index, entry] of entries.entries()) {
    const runs = await readEntryRuns(directory, { directory: entry.id });
    steps.push({ number: index + 1, entry, done: runs.findLast(({ summary }) => isDone(summary))?.summary ?? null });
  }
  return { steps, noLongerAsked: kept.map(({ id }) => id) };
}

// A run in which nothing succeeded has measured nothing: once its cause is mended it is worth another try.
function isDone(summary: Summary): boolean {
  return summary.state === 'complete' && verdictOf(summary) !== 'all-failed';
}
