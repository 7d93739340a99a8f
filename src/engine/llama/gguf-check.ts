import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCodeOf, TokometerError } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';
import { GgufCursor, NotGguf, OutOfBytes, type MetadataValue } from './gguf-cursor.ts';
import {
  aligned,
  defaultAlignment,
  fileTypeNames,
  ggufMagic,
  tensorBytes,
  tensorTypes,
  tokenType,
} from './gguf-format.ts';
import { dummyMark } from './shape-content.ts';

/** What is known of a GGUF file from its header. */
export interface GgufFacts {
  readonly fileBytes: number;
  readonly headerBytes: number;
  readonly architecture: string | null;
  readonly name: string | null;
  /** Longest text that the model was trained for. */
  readonly contextLength: number | null;
  /** As llama.cpp names the file's type, such as `Q8_0`. */
  readonly quantization: string | null;
  readonly vocabularySize: number | null;
  /** Type of each token, in llama.cpp's numbers; null: the file does not say. */
  readonly tokenTypes: Int32Array | null;
  /** Ids that the file names as begin, end, padding and the like. */
  readonly namedIds: readonly number[];
  /** Set in files with random weights that we wrote. */
  readonly dummyVersion: number | null;
  /** Files that the model is split over. */
  readonly splitCount: number;
}

const firstReadBytes = 2 ** 20;
const getAnother = 'get the file again, or name another GGUF file with --model';

/**
 * Reads and checks the header of a GGUF file: a file cut short can end the process inside llama.cpp.
 * Throws E_MODEL_FILE for a missing file, a folder, a file that is no GGUF, and one cut short. Parts of a split model
 * are checked too.
 */
export async function readGgufFacts(path: string): Promise<GgufFacts> {
  const facts = await readOneFile(path);
  const part = /-(\d{5})-of-(\d{5})\.gguf$/.exec(path);
  if (facts.splitCount > 1 && part !== null) {
    for (let index = 1; index <= facts.splitCount; index++) {
      const other = `${path.slice(0, part.index)}-${String(index).padStart(5, '0')}-of-${part[2]}.gguf`;
      if (other !== path) await readOneFile(other);
    }
  }
  return facts;
}

/** Ids that prompts may use: normal tokens, and none that the file names as special. */
export function normalIds(facts: GgufFacts): Uint32Array {
  const named = new Set(facts.namedIds);
  const types = facts.tokenTypes;
  const all = Array.from({ length: facts.vocabularySize ?? 0 }, (_, id) => id);
  return Uint32Array.from(all.filter((id) => (types === null || types[id] === tokenType.normal) && !named.has(id)));
}

async function readOneFile(path: string): Promise<GgufFacts> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    return await readHeader(file, path, size);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    if ((await stat(path)).isDirectory()) throw await folderError(path);
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof TokometerError) throw error;
    if (systemCodeOf(error) === 'ENOENT') {
      throw modelFileError(`there is no model file ${path}`, 'give the path of a GGUF file with --model');
    }
    throw modelFileError(`the model file ${path} can't be read: ${messageOf(error)}`, 'check its permissions', error);
  }
}

async function folderError(path: string): Promise<TokometerError> {
  const inside = (await readdir(path)).filter((entry) => entry.endsWith('.gguf')).slice(0, 3);
  const hint =
    inside.length === 0
      ? 'llama.cpp reads GGUF files: convert the model, or name a GGUF file'
      : `name the file: ${inside.map((entry) => `--model ${join(path, entry)}`).join(', or ')}`;
  return modelFileError(`${path} is a folder, not a GGUF file`, hint);
}

// Headers hold a vocabulary of unknown size: read more until all of it is at hand.
async function readHeader(file: FileHandle, path: string, fileBytes: number): Promise<GgufFacts> {
  for (let wanted = Math.min(firstReadBytes, fileBytes); ;) {
    const bytes = Buffer.alloc(wanted);
    const { bytesRead } = await file.read(bytes, 0, wanted, 0);
    try {
      return parseHeader(bytes.subarray(0, bytesRead), path, fileBytes);
    } catch (error) {
      if (error instanceof NotGguf) throw modelFileError(`${path} is no GGUF file: ${error.message}`, getAnother);
      if (!(error instanceof OutOfBytes)) throw error;
      if (error.neededBytes > fileBytes || bytesRead < wanted) throw cutShort(path, fileBytes, error.neededBytes);
      wanted = Math.min(fileBytes, Math.max(error.neededBytes, wanted * 4));
    }
  }
}

function parseHeader(bytes: Buffer, path: string, fileBytes: number): GgufFacts {
  const cursor = new GgufCursor(bytes);
  if (fileBytes < 4 || cursor.uint32() !== ggufMagic) throw new NotGguf('it does not begin with "GGUF"');
  const version = cursor.uint32();
  if (version < 2 || version > 3) throw new NotGguf(`its version is ${version}, and 2 and 3 are known`);
  const tensorCount = cursor.count();
  const metadataCount = cursor.count();
  const metadata = new Map<string, MetadataValue>();
  for (let index = 0; index < metadataCount; index++) metadata.set(cursor.string(), cursor.value());
  let dataBytes = 0;
  for (let index = 0; index < tensorCount; index++) dataBytes = Math.max(dataBytes, tensorEnd(cursor));
  const headerBytes = aligned(cursor.at, numberOf(metadata, 'general.alignment') ?? defaultAlignment);
  if (tensorCount > 0 && headerBytes + dataBytes > fileBytes) throw cutShort(path, fileBytes, headerBytes + dataBytes);
  if (tensorCount === 0) throw new NotGguf('it holds no tensors');
  return factsOf(metadata, fileBytes, headerBytes);
}

/** Where a tensor's data ends, counted from the start of all data. */
function tensorEnd(cursor: GgufCursor): number {
  cursor.string();
  const dimensions = cursor.uint32();
  if (dimensions > 8) throw new NotGguf(`a tensor in it has ${dimensions} dimensions`);
  let elements = 1;
  for (let index = 0; index < dimensions; index++) elements *= cursor.count();
  const type = tensorTypes[cursor.uint32()];
  const offset = cursor.count();
  return type === undefined ? offset : offset + tensorBytes(type, elements);
}

function factsOf(metadata: ReadonlyMap<string, MetadataValue>, fileBytes: number, headerBytes: number): GgufFacts {
  const architecture = textOf(metadata, 'general.architecture');
  const fileType = numberOf(metadata, 'general.file_type');
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const types = metadata.get('tokenizer.ggml.token_type');
  const namedIds = [...metadata]
    .filter(([key, value]) => /^tokenizer\.ggml\..*_token_id$/.test(key) && typeof value === 'number')
    .map(([, value]) => Number(value));
  return {
    fileBytes,
    headerBytes,
    architecture,
    name: textOf(metadata, 'general.name'),
    contextLength: numberOf(metadata, `${architecture}.context_length`),
    quantization: fileType === null ? null : (fileTypeNames[fileType] ?? `file type ${fileType}`),
    vocabularySize: typeof tokens === 'object' ? tokens.length : null,
    tokenTypes: types instanceof Int32Array ? types : null,
    namedIds,
    dummyVersion: numberOf(metadata, dummyMark),
    splitCount: numberOf(metadata, 'split.count') ?? 1,
  };
}

function textOf(metadata: ReadonlyMap<string, MetadataValue>, key: string): string | null {
  const value = metadata.get(key);
  return typeof value === 'string' ? value : null;
}

function numberOf(metadata: ReadonlyMap<string, MetadataValue>, key: string): number | null {
  const value = metadata.get(key);
  return typeof value === 'number' ? value : null;
}

function cutShort(path: string, fileBytes: number, neededBytes: number): TokometerError {
  const amount = `it holds ${formatBytes(fileBytes)} of at least ${formatBytes(neededBytes)}`;
  return modelFileError(`the model file ${path} is cut short or damaged: ${amount}`, getAnother);
}

function modelFileError(message: string, hint: string, cause?: unknown): TokometerError {
  return new TokometerError('E_MODEL_FILE', message, cause === undefined ? { hint } : { hint, cause });
}
