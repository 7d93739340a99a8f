import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { wordFamilies } from '../../../src/tokenizer/candidate-words.ts';
import { findSingleTokenWords, randomWords } from '../../../src/tokenizer/single-token-words.ts';
import { loadTokenizerFile, type TokenizerFile } from '../../../src/tokenizer/tokenizer-file.ts';
import { writeSmallTokenizer, type SmallTokenizer } from './small-tokenizer.ts';
import { temporaryFolder } from './temporary-folder.ts';

const english = wordFamilies[0]?.words ?? [];
const random = seededRandom('test');

async function smallTokenizer(tokenizer: SmallTokenizer): Promise<TokenizerFile> {
  const folder = await temporaryFolder();
  await writeSmallTokenizer(folder, tokenizer);
  return loadTokenizerFile(folder);
}

function counter(count: (text: string) => number | null): {
  count(text: string): Promise<number | null>;
  calls: number;
} {
  const counted = {
    calls: 0,
    count: (text: string): Promise<number | null> => {
      counted.calls++;
      return Promise.resolve(count(text));
    },
  };
  return counted;
}

describe('findSingleTokenWords', () => {
  it('takes every word of a tokenizer that knows them all, with six counts', async () => {
    const tokenizer = await smallTokenizer({ kind: 'byte-level', words: english });
    const counted = counter((text) => tokenizer.count(text) + 1);
    const found = await findSingleTokenWords({ ...counted, random, wanted: 256, maximumCalls: 6 });
    expect(counted.calls).toBe(6);
    expect(found?.addedTokens).toBe(1);
    expect(new Set(found?.words).size).toBe(256);
  });

  it('leaves out exactly the words of several tokens', async () => {
    const rare = new Set(english.filter((_, place) => place % 23 === 11));
    const known = english.filter((word) => !rare.has(word));
    const tokenizer = await smallTokenizer({ kind: 'byte-level', words: known });
    // A rare word can still be there as the beginning of a longer one.
    const single = english.filter((word) => tokenizer.count(word) === 1);
    const counted = counter((text) => tokenizer.count(text));
    const found = await findSingleTokenWords({ ...counted, random, wanted: english.length, maximumCalls: 400 });
    expect(found?.words.toSorted()).toEqual(single.toSorted());
    expect(single.length).toBeLessThan(english.length);
    expect(found?.addedTokens).toBe(0);
    expect(counted.calls).toBeLessThan(150);
  });

  it('ends within its calls and keeps what it is sure of', async () => {
    const tokenizer = await smallTokenizer({ kind: 'byte-level', words: english.filter((_, place) => place % 9 > 0) });
    const counted = counter((text) => tokenizer.count(text));
    const found = await findSingleTokenWords({ ...counted, random, wanted: english.length, maximumCalls: 40 });
    expect(counted.calls).toBeLessThanOrEqual(40);
    expect(found?.words.length).toBeGreaterThan(50);
    expect(found?.words.every((word) => tokenizer.count(word) === 1)).toBe(true);
  });

  it('counts the space that SentencePiece puts before a text as added', async () => {
    const tokenizer = await smallTokenizer({ kind: 'sentence-piece', words: english });
    const found = await findSingleTokenWords({
      ...counter((text) => tokenizer.count(text)),
      random,
      wanted: 256,
      maximumCalls: 40,
    });
    expect(found?.addedTokens).toBe(1);
    const text = randomWords(found?.words ?? [], 6144, random).join('');
    expect(tokenizer.count(text)).toBe(6144 + 1);
  });

  it('falls back to single letters where a token is a byte', async () => {
    const found = await findSingleTokenWords({
      ...counter((text) => Buffer.byteLength(text) + 2),
      random,
      wanted: 256,
      maximumCalls: 60,
    });
    expect(found?.addedTokens).toBe(2);
    expect(found?.words.toSorted().join('')).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
  });

  it('takes Chinese characters where English is cut', async () => {
    const found = await findSingleTokenWords({
      ...counter((text) => Buffer.byteLength(text) - 2 * (text.match(/[一-鿿]/g)?.length ?? 0)),
      random,
      wanted: 64,
      maximumCalls: 60,
    });
    expect(found?.words).toHaveLength(64);
    expect(found?.words.every((word) => /^[一-鿿]$/.test(word))).toBe(true);
  });

  it.each([
    ['counts are a guess', (text: string) => Math.ceil(text.length / 4)],
    ['each call gives another count', () => random.nextBelow(1000)],
    ['counts wrap at a limit', (text: string) => Math.min(64, text.split(' ').length - 1)],
    ['nothing is counted', () => null],
  ])('finds nothing when %s', async (_, count) => {
    const counted = counter(count);
    expect(await findSingleTokenWords({ ...counted, random, wanted: 256, maximumCalls: 80 })).toBeNull();
    expect(counted.calls).toBeLessThanOrEqual(80);
  });

  it('asks no second time when the first count is refused', async () => {
    let calls = 0;
    const count = (): Promise<null> => {
      calls++;
      return Promise.resolve(null);
    };
    await findSingleTokenWords({ count, random, wanted: 256, maximumCalls: 80 });
    expect(calls).toBe(1);
  });
});
