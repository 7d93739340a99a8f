import { stat } from 'node:fs/promises';

/** The size of a file, links followed; null: there is none. */
export async function sizeOf(path: string): Promise<number | null> {
  const facts = await stat(path).catch(() => null);
  return facts?.isFile() === true ? facts.size : null;
}
