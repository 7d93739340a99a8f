import { createHash } from 'node:crypto';
import { readlink, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { systemCodeOf } from '../base/errors.ts';
import type { FileManifest } from '../contract/manifest.ts';
import { hashPrefix } from './file-digest.ts';
import { filesBelow } from './model-folder.ts';
import { wantedFiles } from './wanted-files.ts';

/** A file of this size is hashed whole: a tokenizer, not weights. */
const wholeBytes = 32 * 2 ** 20;
/** Of larger ones that no hub vouches for: the header of GGUF and safetensors lies in it. */
const headBytes = 4 * 2 ** 20;

/**
 * The files of a model that an engine reads, each with its digest: the hub's own where its cache holds it, else computed now, of large
 * files from their beginning alone. A folder or one file; what can't be read is left out, since a run is not lost for it.
 */
export async function describeModel(path: string): Promise<FileManifest[]> {
  const facts = await stat(path).catch(() => null);
  if (facts === null) return [];
  if (!facts.isDirectory()) return (await describeFile(dirname(path), basename(path))) ?? [];
  const files = wantedFiles(await filesBelow(path), 'weights');
  const described: FileManifest[] = [];
  // One after the other: a disk reads no faster for being asked twice.
  // oxlint-disable-next-line no-await-in-loop
  for (const file of files) described.push(...((await describeFile(path, file.path)) ?? []));
  return described.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

async function describeFile(folder: string, path: string): Promise<[FileManifest] | null> {
  const file = join(folder, path);
  try {
    const { size, mtime } = await stat(file);
    const told = { path, bytes: size, modifiedAt: mtime.toISOString() };
    const known = await blobDigest(file);
    if (known !== null) return [{ ...told, ...known }];
    const isWhole = size <= wholeBytes;
    const hash = createHash('sha256');
    await hashPrefix(hash, file, isWhole ? size : headBytes);
    return [{ ...told, digest: hash.digest('hex'), method: isWhole ? 'sha256' : 'head-sha256' }];
  } catch (error) {
    if (systemCodeOf(error) === null) throw error;
    return null;
  }
}

// A snapshot of Hugging Face's cache links to blobs that are named by their digest: SHA-256 of large files, git's of others.
async function blobDigest(file: string): Promise<Pick<FileManifest, 'digest' | 'method'> | null> {
  const target = await readlink(file).catch(() => null);
  if (target === null || basename(dirname(target)) !== 'blobs') return null;
  const digest = basename(target);
  if (/^[0-9a-f]{64}$/.test(digest)) return { digest, method: 'hub-sha256' };
  return /^[0-9a-f]{40}$/.test(digest) ? { digest, method: 'hub-git-sha1' } : null;
}
