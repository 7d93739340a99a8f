/**
 * Peaks of accelerators, looked up by the name that the driver reports.
 * In: a device's name. Out: its vendor's figures. Must not know: what was measured.
 */
import type { Accelerator } from './accelerator.ts';
import { accelerators } from './data/accelerators.ts';

/**
 * The accelerator of this name; null: it is not known, and nothing near it is taken in its place. Case, runs of spaces and the
 * word NVIDIA, which older drivers leave out, don't count; a part of a device (MIG) or another variant has another name.
 */
export function findAccelerator(name: string): Accelerator | null {
  const wanted = normal(name);
  return accelerators.find((one) => normal(one.name) === wanted) ?? null;
}

function normal(name: string): string {
  return name
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replace(/^nvidia /i, '')
    .toLowerCase();
}
