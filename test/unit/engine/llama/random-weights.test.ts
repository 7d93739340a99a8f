import { describe, expect, it } from 'vitest';
import { halfBits, randomWeights } from '../../../../src/engine/llama/random-weights.ts';
import type { WrittenTensorType } from '../../../../src/engine/llama/gguf-format.ts';

function half(bits: number): number {
  return 2 ** ((bits >> 10) - 15) * (1 + (bits & 0x3ff) / 1024);
}

async function written(seed: string, type: WrittenTensorType, bytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const source = randomWeights(seed, type === 'F32' ? 'Q8_0' : type);
  await source({ name: 'output_norm.weight', dimensions: [64], type }, bytes, (piece) => {
    pieces.push(Uint8Array.from(piece));
    return Promise.resolve();
  });
  return Buffer.concat(pieces);
}

function deviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

describe('random weights', () => {
  it.each([0.02, 6.2e-5, 1, 65_000])('writes %s as a 16-bit float', (value) => {
    expect(half(halfBits(value)) / value).toBeCloseTo(1, 2);
  });

  it('fills Q8_0 with centred values of the usual spread', async () => {
    const data = await written('a', 'Q8_0', 34 * 2000);
    const values = Array.from({ length: 64_000 }, (_, index) => {
      const block = Math.floor(index / 32) * 34;
      return half(data.readUInt16LE(block)) * data.readInt8(block + 2 + (index % 32));
    });
    expect(deviation(values).deviation).toBeCloseTo(0.02, 3);
    expect(Math.abs(deviation(values).mean)).toBeLessThan(5e-4);
  });

  it('fills Q4_0 with centred values of the usual spread', async () => {
    const data = await written('a', 'Q4_0', 18 * 2000);
    const values = Array.from({ length: 64_000 }, (_, index) => {
      const block = Math.floor(index / 32) * 18;
      const byte = data.readUInt8(block + 2 + (index % 16));
      return half(data.readUInt16LE(block)) * ((index % 32 < 16 ? byte & 15 : byte >> 4) - 8);
    });
    expect(deviation(values).deviation).toBeCloseTo(0.02, 3);
    expect(Math.abs(deviation(values).mean)).toBeLessThan(5e-4);
  });

  it('writes norms near one', async () => {
    const data = await written('a', 'F32', 4 * 1000);
    for (let at = 0; at < data.length; at += 4) expect(Math.abs(data.readFloatLE(at) - 1)).toBeLessThan(0.021);
  });

  it('depends on the seed alone, and writes any length', async () => {
    const longerThanPattern = 34 * 300_000;
    const first = await written('a', 'Q8_0', longerThanPattern);
    expect(first).toHaveLength(longerThanPattern);
    expect(first.equals(await written('a', 'Q8_0', longerThanPattern))).toBe(true);
    expect(first.equals(await written('b', 'Q8_0', longerThanPattern))).toBe(false);
  });
});
