import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

import type { Digest } from './remote-file.ts';

/** A running hash of a file of `bytes` bytes; git's kind hashes that length first. */
export function startHash(kind: Digest['kind'], bytes: number): Hash {
  return kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
}

/** Feeds the first `end` bytes of a file into a hash. */
export async function hashPrefix(hash: Hash, path: string, end: number): Promise<void> {
  if (end === 0) return;
  const stream = createReadStream(path, { end: end - 1, highWaterMark: 4 * 1024 * 1024 });
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) hash.update(chunk);
}

/** Whether a whole file has this digest. */
export async function hasDigest(path: string, bytes: number, digest: Digest): Promise<boolean> {
  const hash = startHash(digest.kind, bytes);
  await hashPrefix(hash, path, bytes);
  return hash.digest('hex') === digest.hex;
}
