/** The GGUF container, version 3, as https://github.com/ggml-org/ggml/blob/master/docs/gguf.md specifies it. */

export const ggufMagic = 0x46554747; // "GGUF", little endian
export const ggufVersion = 3;
export const defaultAlignment = 32;

/** Type numbers of metadata values. */
export const ggufValueType = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

/** Bytes of a metadata value of fixed size, by type number. */
export const fixedValueBytes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

/** How llama.cpp marks tokens of a vocabulary (`tokenizer.ggml.token_type`). */
export const tokenType = { normal: 1, control: 3 } as const;

export interface TensorType {
  readonly name: string;
  /** Elements of a block. */
  readonly blockSize: number;
  readonly blockBytes: number;
}

const row = (name: string, blockSize: number, blockBytes: number): TensorType => ({ name, blockSize, blockBytes });

/** Storage types of tensors by their number in the file. */
export const tensorTypes: Readonly<Record<number, TensorType>> = {
  0: row('F32', 1, 4),
  1: row('F16', 1, 2),
  2: row('Q4_0', 32, 18),
  3: row('Q4_1', 32, 20),
  6: row('Q5_0', 32, 22),
  7: row('Q5_1', 32, 24),
  8: row('Q8_0', 32, 34),
  9: row('Q8_1', 32, 36),
  10: row('Q2_K', 256, 84),
  11: row('Q3_K', 256, 110),
  12: row('Q4_K', 256, 144),
  13: row('Q5_K', 256, 176),
  14: row('Q6_K', 256, 210),
  15: row('Q8_K', 256, 292),
  16: row('IQ2_XXS', 256, 66),
  17: row('IQ2_XS', 256, 74),
  18: row('IQ3_XXS', 256, 98),
  19: row('IQ1_S', 256, 50),
  20: row('IQ4_NL', 32, 18),
  21: row('IQ3_S', 256, 110),
  22: row('IQ2_S', 256, 82),
  23: row('IQ4_XS', 256, 136),
  24: row('I8', 1, 1),
  25: row('I16', 1, 2),
  26: row('I32', 1, 4),
  27: row('I64', 1, 8),
  28: row('F64', 1, 8),
  29: row('IQ1_M', 256, 56),
  30: row('BF16', 1, 2),
  34: row('TQ1_0', 256, 54),
  35: row('TQ2_0', 256, 66),
  39: row('MXFP4', 32, 17),
};

/** The two types that random weights are written in, and the one of norms and biases. */
export const tensorTypeNumber = { F32: 0, Q4_0: 2, Q8_0: 8 } as const;

export type WrittenTensorType = keyof typeof tensorTypeNumber;

/** `general.file_type` numbers, named as llama.cpp names the files. */
export const fileTypeNames: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
  36: 'TQ1_0',
  37: 'TQ2_0',
  38: 'MXFP4_MOE',
};

/** Bytes of a tensor's data, by its number of elements. */
export function tensorBytes(type: TensorType, elements: number): number {
  return (elements / type.blockSize) * type.blockBytes;
}

/** The next multiple of `alignment`. */
export function aligned(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
