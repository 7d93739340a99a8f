import { fixedValueBytes, ggufValueType } from './gguf-format.ts';

/** The bytes at hand end before the value does. `neededBytes`: how many from the start it would take at least. */
export class OutOfBytes extends Error {
  readonly neededBytes: number;

  constructor(neededBytes: number) {
    super('out of bytes');
    this.neededBytes = neededBytes;
  }
}

/** Bytes that are no GGUF. */
export class NotGguf extends Error {}

export type Scalar = string | number | boolean;
/** Arrays are walked over; only those of 32-bit integers are kept (token types), of the others their length. */
export type MetadataValue = Scalar | Int32Array | { readonly length: number };

/** Reads GGUF values from the beginning of a file. */
export class GgufCursor {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** A 64-bit count; beyond 2^53 it is no count of anything in a file. */
  count(): number {
    const value = this.#bytes.readBigUInt64LE(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new NotGguf('a length in it is impossible');
    return Number(value);
  }

  string(): string {
    const length = this.count();
    const start = this.#take(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  value(): MetadataValue {
    const type = this.uint32();
    return type === ggufValueType.array ? this.#array() : this.#scalar(type);
  }

  #array(): MetadataValue {
    const type = this.uint32();
    const length = this.count();
    if (type === ggufValueType.string) {
      for (let index = 0; index < length; index++) this.#take(this.count());
      return { length };
    }
    const start = this.#take(length * elementBytes(type));
    if (type !== ggufValueType.int32) return { length };
    return Int32Array.from({ length }, (_, index) => this.#bytes.readInt32LE(start + index * 4));
  }

  #scalar(type: number): Scalar {
    if (type === ggufValueType.string) return this.string();
    const start = this.#take(elementBytes(type));
    switch (type) {
      case ggufValueType.uint8:
        return this.#bytes.readUInt8(start);
      case ggufValueType.int8:
        return this.#bytes.readInt8(start);
      case ggufValueType.uint16:
        return this.#bytes.readUInt16LE(start);
      case ggufValueType.int16:
        return this.#bytes.readInt16LE(start);
      case ggufValueType.uint32:
        return this.#bytes.readUInt32LE(start);
      case ggufValueType.int32:
        return this.#bytes.readInt32LE(start);
      case ggufValueType.float32:
        return this.#bytes.readFloatLE(start);
      case ggufValueType.bool:
        return this.#bytes.readUInt8(start) !== 0;
      case ggufValueType.uint64:
        return Number(this.#bytes.readBigUInt64LE(start));
      case ggufValueType.int64:
        return Number(this.#bytes.readBigInt64LE(start));
      default:
        return this.#bytes.readDoubleLE(start);
    }
  }

  #take(length: number): number {
    const start = this.at;
    if (start + length > this.#bytes.length) throw new OutOfBytes(start + length);
    this.at = start + length;
    return start;
  }
}

function elementBytes(type: number): number {
  const bytes = fixedValueBytes[type];
  if (bytes === undefined) throw new NotGguf(`it holds a value of the unknown type ${type}`);
  return bytes;
}
