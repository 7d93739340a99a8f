import { describe, expect, it } from 'vitest';
import { freshNonce, promptSha256 } from '../../../src/workload/prompt-digest.ts';

describe('promptSha256', () => {
  it('hashes text as UTF-8', () => {
    expect(promptSha256({ kind: 'text', text: 'abc' })).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('hashes ids as little-endian 32-bit integers, and only those in view', () => {
    // The bytes of "abcd" and "efgh".
    const ids = Uint32Array.of(0, 0x64636261, 0x68676665, 0).subarray(1, 3);
    expect(promptSha256({ kind: 'ids', ids })).toBe(promptSha256({ kind: 'text', text: 'abcdefgh' }));
  });
});

describe('freshNonce', () => {
  it('is another one each time', () => {
    const nonces = new Set(Array.from({ length: 100 }, freshNonce));
    expect(nonces.size).toBe(100);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{16}$/);
  });
});
