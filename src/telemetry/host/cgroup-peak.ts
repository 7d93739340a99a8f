import { readFile } from 'node:fs/promises';

import { cgroupPlaces } from './proc-text.ts';

const files = { v1: 'memory.max_usage_in_bytes', v2: 'memory.peak' } as const;

/** Highest memory of the cgroup of a process, page cache included; null where no cgroup tells one. */
export async function cgroupPeakBytes(pid: number): Promise<number | null> {
  const cgroup = await textOf(`/proc/${pid}/cgroup`);
  for (const place of cgroupPlaces(cgroup, 'memory', files)) {
    // oxlint-disable-next-line no-await-in-loop -- the first that can be read
    const text = (await textOf(place)).trim();
    if (/^\d+$/.test(text)) return Number(text);
  }
  return null;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return '';
  }
}
