import { seededRandom, type Random } from '../../base/random.ts';
import { tensorTypeNumber, tensorTypes } from './gguf-format.ts';
import type { TensorSource } from './gguf-writer.ts';

// One random pattern is written again and again from other offsets: filling a file costs no more than copying. The
// number of blocks is prime and larger than any published vocabulary, so that no two rows of a matrix are equal.
const patternBlocks = 262_139;

// The usual spread of initial weights, at which activations stay finite in every published shape.
const weightDeviation = 0.02;
// Norms before the layers amplify, so that these outweigh the embeddings: greedy output is then no echo of its input.
const layerNorm = 4;

/** Random data of every tensor, the same for the same seed: norms near one, biases near zero, matrices quantised. */
export function randomWeights(seed: string, quantization: 'Q4_0' | 'Q8_0'): TensorSource {
  const random = seededRandom(`dummy weights ${seed}`);
  const pattern = quantization === 'Q8_0' ? patternQ80(random) : patternQ40(random);
  const blockBytes = tensorTypes[tensorTypeNumber[quantization]]?.blockBytes ?? 1;
  return async (tensor, bytes, write) => {
    if (tensor.type === 'F32') {
      await write(floats(random, bytes / 4, middleOf(tensor.name)));
      return;
    }
    let at = random.nextBelow(patternBlocks) * blockBytes;
    for (let left = bytes; left > 0;) {
      const piece = pattern.subarray(at, Math.min(pattern.length, at + left));
      await write(piece);
      left -= piece.length;
      at = 0;
    }
  };
}

function middleOf(name: string): number {
  if (/\.(attn|ffn)_norm\.weight$/.test(name)) return layerNorm;
  return name.endsWith('norm.weight') ? 1 : 0;
}

/** Blocks of 32 weights: a 16-bit scale, then 32 signed bytes. */
function patternQ80(random: Random): Uint8Array {
  const bytesDeviation = 127 / Math.sqrt(3);
  const pattern = Buffer.alloc(patternBlocks * 34);
  for (let at = 0; at < pattern.length; at += 34) {
    pattern.writeUInt16LE(randomScale(random, weightDeviation / bytesDeviation), at);
    for (let word = 2; word < 34; word += 4) {
      // -128 is no value that a quantiser writes.
      pattern.writeUInt32LE(random.nextUint32(), at + word);
      for (let byte = word; byte < word + 4; byte++) if (pattern[at + byte] === 0x80) pattern[at + byte] = 0x81;
    }
  }
  return pattern;
}

/** Blocks of 32 weights: a 16-bit scale, then 32 nibbles, each 8 too high. Nibble 0 becomes 8 (a zero): the mean stays zero. */
function patternQ40(random: Random): Uint8Array {
  const nibbleDeviation = Math.sqrt(280 / 16);
  const pattern = Buffer.alloc(patternBlocks * 18);
  for (let at = 0; at < pattern.length; at += 18) {
    pattern.writeUInt16LE(randomScale(random, weightDeviation / nibbleDeviation), at);
    for (let word = 2; word < 18; word += 4) {
      const bits = random.nextUint32();
      for (let byte = 0; byte < 4; byte++) {
        const value = (bits >>> (byte * 8)) & 0xff;
        pattern[at + word + byte] = (value & 0x0f || 0x08) | (value & 0xf0 || 0x80);
      }
    }
  }
  return pattern;
}

/** A 16-bit float within a quarter of `middle`. */
function randomScale(random: Random, middle: number): number {
  return halfBits(middle * (0.75 + random.nextFloat() / 2));
}

/** Bits of the 16-bit float nearest below a positive number in its normal range (6e-5 to 65504). */
export function halfBits(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  const fraction = Math.floor((value / 2 ** exponent - 1) * 1024);
  return ((exponent + 15) << 10) | fraction;
}

function floats(random: Random, count: number, middle: number): Uint8Array {
  const data = Buffer.alloc(count * 4);
  for (let index = 0; index < count; index++) {
    data.writeFloatLE(middle + (random.nextFloat() - 0.5) * 2 * weightDeviation, index * 4);
  }
  return data;
}
