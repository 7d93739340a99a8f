import { describe, expect, it } from 'vitest';
import { byteCharacters, byteVocabulary } from '../../../../src/engine/llama/byte-vocabulary.ts';

describe('byte vocabulary', () => {
  const vocabulary = byteVocabulary({ size: 3000, bosTokenId: 2001, eosTokenId: 40 });

  it('has exactly the size, and no token twice', () => {
    expect(vocabulary.tokens).toHaveLength(3000);
    expect(vocabulary.types).toHaveLength(3000);
    expect(new Set(vocabulary.tokens).size).toBe(3000);
  });

  it('holds every byte and the product of every merge', () => {
    const known = new Set(vocabulary.tokens);
    for (const character of byteCharacters()) expect(known.has(character)).toBe(true);
    for (const merge of vocabulary.merges) {
      const [left = '', right = ''] = merge.split(' ');
      expect(known.has(left) && known.has(right) && known.has(left + right), merge).toBe(true);
    }
    expect(vocabulary.merges.length).toBeGreaterThan(300);
  });

  it('puts control tokens at their ids and nowhere else', () => {
    expect(vocabulary.tokens[2001]).toBe('<|endoftext|>');
    expect(vocabulary.tokens[40]).toBe('<|im_end|>');
    expect([...vocabulary.types].map((type, id) => (type === 3 ? id : -1)).filter((id) => id >= 0)).toEqual([40, 2001]);
  });

  it('maps bytes as byte-level BPE does', () => {
    const characters = byteCharacters();
    expect(new Set(characters).size).toBe(256);
    expect([characters[0x41], characters[0x20], characters[0x0a], characters[0xff]]).toEqual(['A', 'Ġ', 'Ċ', 'ÿ']);
  });

  it('refuses a size that the bytes do not fit into', () => {
    expect(() => byteVocabulary({ size: 200, bosTokenId: 0, eosTokenId: 1 })).toThrow(/at least 259 tokens, not 200/);
  });
});
