import { createHash, randomBytes } from 'node:crypto';
import { endianness } from 'node:os';
import type { Prompt } from '../contract/request.ts';

/** SHA-256 of a prompt in hexadecimal: ids as little-endian 32-bit integers, text as UTF-8. */
export function promptSha256(prompt: Prompt): string {
  const bytes = prompt.kind === 'text' ? prompt.text : littleEndian(prompt.ids);
  return createHash('sha256').update(bytes).digest('hex');
}

/** A run's own part of every prompt's seed: the same seed against a living server would hit its prefix cache. */
export function freshNonce(): string {
  return randomBytes(8).toString('hex');
}

function littleEndian(ids: Uint32Array): Uint8Array {
  if (endianness() === 'LE') return new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);
  const swapped = Buffer.from(ids.slice().buffer);
  return swapped.swap32();
}
