import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

// With more there is one to spare for V8's helpers.
const fewCores = 2;
// The newest V8 that was seen to know the flag, Node 24's; one that doesn't know it would print an error.
const newestMajor = 13;

/**
 * Where there are but two cores, what lives on the heap is looked for in steps of this thread, not by helpers: they would compete with
 * it and with a server on this machine for tens of milliseconds at a time (docs/decisions/0023-short-pauses.md). Only for the very
 * start of a program, before V8 can have begun to look.
 */
export function markOnThisThread(): void {
  if (availableParallelism() > fewCores || Number.parseInt(process.versions.v8, 10) > newestMajor) return;
  setFlagsFromString('--no-concurrent-marking');
}
