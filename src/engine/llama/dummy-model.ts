import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { messageOf, systemCodeOf, TokometerError } from '../../base/errors.ts';
import { fileName } from '../../base/escape.ts';
import { formatBytes } from '../../base/units.ts';
import type { ModelShape } from '../../catalog/model-shape.ts';
import { withoutOrganisation } from '../../catalog/model-shapes.ts';
import { layOutGguf, writeGguf, type GgufLayout } from './gguf-writer.ts';
import { readGgufFacts } from './gguf-check.ts';
import { randomWeights } from './random-weights.ts';
import { dummyVersion, shapeContent, type DummyQuantization } from './shape-content.ts';

export interface DummyModelInput {
  readonly shape: ModelShape;
  readonly quantization: DummyQuantization;
  readonly seed: number;
  /** Folder of the file; by default `dummyDirectory(process.env)`. */
  readonly directory?: string;
}

export interface DummyModel {
  readonly path: string;
  readonly bytes: number;
  /** The file was there already, complete. */
  readonly reused: boolean;
  readonly ms: number;
}

const partialEnding = '.partial';
const abandonedAfterMs = 60 * 60_000;
// A disk that is filled to its last byte breaks other programs.
const spareBytes = 64 * 2 ** 20;

/** Where dummy models are kept: `$XDG_CACHE_HOME/tokometer/dummy`, or `~/.cache/tokometer/dummy`. */
export function dummyDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const cache = environment['XDG_CACHE_HOME'];
  const root = cache !== undefined && isAbsolute(cache) ? cache : join(homedir(), '.cache');
  return join(root, 'tokometer', 'dummy');
}

/**
 * Writes a GGUF file of the shape with random weights, or finds the one written before.
 * Throws E_DISK_FULL when it does not fit and E_OUTPUT when the folder can't be written.
 */
export async function writeDummyModel(input: DummyModelInput): Promise<DummyModel> {
  const startMs = performance.now();
  const directory = input.directory ?? dummyDirectory(process.env);
  const { shape, quantization, seed } = input;
  const layout = layOutGguf(shapeContent(shape, quantization));
  const name = `${fileName(withoutOrganisation(shape.name))}.${quantization}.v${dummyVersion}.seed${seed}.gguf`;
  const path = join(directory, name);
  const done = (reused: boolean): DummyModel => ({
    path,
    bytes: layout.fileBytes,
    reused,
    ms: performance.now() - startMs,
  });
  if (await isComplete(path, layout)) return done(true);

  const partial = `${path}.${process.pid}${partialEnding}`;
  try {
    await mkdir(directory, { recursive: true });
    await removeAbandoned(directory);
    await checkFreeSpace(directory, layout.fileBytes);
    await writeGguf(partial, layout, randomWeights(`${seed}`, quantization));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw asTokometerError(error, path, layout.fileBytes);
  }
  return done(false);
}

/** Equal size and header are enough: a file gets its name only when all of it is written. */
async function isComplete(path: string, layout: GgufLayout): Promise<boolean> {
  const size = await stat(path).then(
    (entry) => entry.size,
    () => null,
  );
  if (size !== layout.fileBytes) return false;
  return readGgufFacts(path).then(
    (facts) => facts.headerBytes === layout.header.length && facts.dummyVersion === dummyVersion,
    () => false,
  );
}

async function removeAbandoned(directory: string): Promise<void> {
  const now = Date.now();
  for (const entry of await readdir(directory)) {
    if (!entry.endsWith(partialEnding)) continue;
    const path = join(directory, entry);
    const modified = await stat(path).then(
      (found) => found.mtimeMs,
      () => now,
    );
    if (now - modified > abandonedAfterMs) await rm(path, { force: true });
  }
}

async function checkFreeSpace(directory: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes + spareBytes) throw diskFull(directory, neededBytes, formatBytes(freeBytes));
}

function asTokometerError(error: unknown, path: string, neededBytes: number): TokometerError {
  if (error instanceof TokometerError) return error;
  const code = systemCodeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(dirname(path), neededBytes, 'less');
  return new TokometerError('E_OUTPUT', `the dummy model ${path} can't be written: ${messageOf(error)}`, {
    hint: 'set XDG_CACHE_HOME to a folder that can be written',
    cause: error,
  });
}

function diskFull(directory: string, neededBytes: number, free: string): TokometerError {
  return new TokometerError(
    'E_DISK_FULL',
    `the dummy model needs ${formatBytes(neededBytes)} in ${directory}, which has ${free}`,
    { hint: 'free some space, set XDG_CACHE_HOME to another disk, or name a smaller model with --model' },
  );
}
