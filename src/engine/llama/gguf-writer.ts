import { open, type FileHandle } from 'node:fs/promises';
import {
  aligned,
  defaultAlignment,
  ggufMagic,
  ggufValueType,
  ggufVersion,
  tensorBytes,
  tensorTypeNumber,
  tensorTypes,
  type WrittenTensorType,
} from './gguf-format.ts';

export type GgufValue =
  | { readonly type: 'uint32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'int32s'; readonly value: Int32Array };

/** One tensor: dimensions fastest first, as ggml counts them. */
export interface GgufTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly type: WrittenTensorType;
}

export interface GgufContent {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

/** Writes `bytes` bytes of a tensor's data, in as many pieces as it likes. */
export type TensorSource = (
  tensor: GgufTensor,
  bytes: number,
  write: (piece: Uint8Array) => Promise<void>,
) => Promise<void>;

/** Where everything lies in the file. */
export interface GgufLayout {
  readonly header: Buffer;
  readonly tensors: readonly { readonly tensor: GgufTensor; readonly bytes: number; readonly paddedBytes: number }[];
  readonly fileBytes: number;
}

/** Lays a file out without writing it: its header, and its size in bytes. */
export function layOutGguf({ metadata, tensors }: GgufContent): GgufLayout {
  const sized = tensors.map((tensor) => {
    const bytes = bytesOf(tensor);
    return { tensor, bytes, paddedBytes: aligned(bytes, defaultAlignment) };
  });
  const head = Buffer.alloc(24);
  head.writeUInt32LE(ggufMagic, 0);
  head.writeUInt32LE(ggufVersion, 4);
  head.writeBigUInt64LE(BigInt(tensors.length), 8);
  head.writeBigUInt64LE(BigInt(metadata.size), 16);
  const parts: Buffer[] = [head];
  for (const [key, value] of metadata) parts.push(text(key), valueBytes(value));
  let offset = 0;
  for (const { tensor, paddedBytes } of sized) {
    parts.push(text(tensor.name), tensorInfo(tensor, offset));
    offset += paddedBytes;
  }
  const used = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(Buffer.alloc(aligned(used, defaultAlignment) - used));
  const header = Buffer.concat(parts);
  return { header, tensors: sized, fileBytes: header.length + offset };
}

/** Writes a laid-out file to `path`, replacing what is there. Memory stays flat: the source streams. */
export async function writeGguf(path: string, layout: GgufLayout, source: TensorSource): Promise<void> {
  const file = await open(path, 'w');
  try {
    await writeAll(file, layout.header);
    for (const { tensor, bytes, paddedBytes } of layout.tensors) {
      await source(tensor, bytes, (piece) => writeAll(file, piece));
      if (paddedBytes > bytes) await writeAll(file, Buffer.alloc(paddedBytes - bytes));
    }
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let written = 0; written < piece.length;) {
    const { bytesWritten } = await file.write(piece, written, piece.length - written);
    written += bytesWritten;
  }
}

function bytesOf(tensor: GgufTensor): number {
  const type = tensorTypes[tensorTypeNumber[tensor.type]];
  const rowElements = tensor.dimensions[0] ?? 0;
  if (type === undefined || rowElements % type.blockSize !== 0) {
    throw new RangeError(`rows of ${tensor.name} hold ${rowElements} elements, no multiple of a ${tensor.type} block`);
  }
  return tensorBytes(
    type,
    tensor.dimensions.reduce((product, dimension) => product * dimension, 1),
  );
}

function tensorInfo(tensor: GgufTensor, offset: number): Buffer {
  const info = Buffer.alloc(4 + tensor.dimensions.length * 8 + 12);
  let at = info.writeUInt32LE(tensor.dimensions.length, 0);
  for (const dimension of tensor.dimensions) at = info.writeBigUInt64LE(BigInt(dimension), at);
  at = info.writeUInt32LE(tensorTypeNumber[tensor.type], at);
  info.writeBigUInt64LE(BigInt(offset), at);
  return info;
}

function valueBytes(value: GgufValue): Buffer {
  return Buffer.concat(value.type === 'strings' || value.type === 'int32s' ? arrayParts(value) : scalarParts(value));
}

function arrayParts(array: Extract<GgufValue, { type: 'strings' | 'int32s' }>): readonly Buffer[] {
  if (array.type === 'strings') return [arrayHead('string', array.value.length), ...array.value.map(text)];
  const numbers = Buffer.alloc(array.value.length * 4);
  array.value.forEach((number, index) => numbers.writeInt32LE(number, index * 4));
  return [arrayHead('int32', array.value.length), numbers];
}

function scalarParts(scalar: Exclude<GgufValue, { type: 'strings' | 'int32s' }>): readonly Buffer[] {
  const type = uint32(ggufValueType[scalar.type]);
  if (scalar.type === 'string') return [type, text(scalar.value)];
  if (scalar.type === 'bool') return [type, Buffer.from([scalar.value ? 1 : 0])];
  if (scalar.type === 'uint32') return [type, uint32(scalar.value)];
  const number = Buffer.alloc(4);
  number.writeFloatLE(scalar.value);
  return [type, number];
}

function arrayHead(elements: keyof typeof ggufValueType, length: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(ggufValueType.array, 0);
  head.writeUInt32LE(ggufValueType[elements], 4);
  head.writeBigUInt64LE(BigInt(length), 8);
  return head;
}

function uint32(value: number): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(value);
  return number;
}

function text(value: string): Buffer {
  const length = Buffer.byteLength(value);
  const bytes = Buffer.alloc(8 + length);
  bytes.writeBigUInt64LE(BigInt(length), 0);
  bytes.write(value, 8);
  return bytes;
}
