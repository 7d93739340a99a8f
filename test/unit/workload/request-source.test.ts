import { describe, expect, it } from 'vitest';
import type { PromptRecipe, RequestPoint } from '../../../src/contract/workload.ts';
import { promptSha256 } from '../../../src/workload/prompt-digest.ts';
import { createRequestSource } from '../../../src/workload/request-source.ts';

const outputs = { minOutputTokens: 7, temperature: 0, extraArguments: { top_p: 1 } };
const ids = Uint32Array.from({ length: 500 }, (_, place) => 1000 + 3 * place);

function idsRecipe(addedTokens = 0): PromptRecipe {
  return { kind: 'ids', method: 'token-ids', vocabulary: { ids, source: 'test' }, addedTokens };
}

function wordsRecipe(addedTokens = 0): PromptRecipe {
  const words = Array.from({ length: 300 }, (_, place) => ` w${place}`);
  return { kind: 'words', method: 'server-tokenize', words, source: 'test', addedTokens };
}

const point = (index: number, promptTokens = 64): RequestPoint => ({ index, promptTokens, outputTokens: 9 });

function idsAt(at: RequestPoint, input: { seed?: number; nonce?: string; addedTokens?: number } = {}): Uint32Array {
  const { seed = 1, nonce = 'n', addedTokens = 0 } = input;
  const { prompt } = createRequestSource({ recipe: idsRecipe(addedTokens), seed, nonce, outputs }).at(at);
  if (prompt.kind !== 'ids') throw new Error('no ids');
  return prompt.ids;
}

describe('a request', () => {
  it('carries the point and how outputs are asked for', () => {
    const request = createRequestSource({ recipe: idsRecipe(), seed: 1, nonce: 'n', outputs }).at(point(3));
    expect(request).toMatchObject({ index: 3, promptTokens: 64, outputTokens: 9, ...outputs });
  });

  it('is the same bytes for the same seed, nonce and point, whatever was asked before', () => {
    const one = createRequestSource({ recipe: idsRecipe(), seed: 1, nonce: 'n', outputs });
    one.at(point(0));
    one.at(point(5, 4096));
    const other = createRequestSource({ recipe: idsRecipe(), seed: 1, nonce: 'n', outputs });
    expect(one.at(point(2))).toEqual(other.at(point(2)));
  });

  it('keeps its bytes between versions, so that a recorded run can be made again', () => {
    expect([...idsAt(point(2, 6))]).toEqual([1531, 1504, 1114, 2281, 2023, 2026]);
  });

  it.each([{ seed: 2 }, { nonce: 'other' }])('is another one for %o', (input) => {
    const [one, other] = [idsAt(point(0, 256)), idsAt(point(0, 256), input)];
    const same = one.filter((id, place) => id === other[place]).length;
    expect(same).toBeLessThan(10);
  });
});

describe('ids', () => {
  it('are as many as asked for, less what the engine adds', () => {
    expect(idsAt(point(0, 6144))).toHaveLength(6144);
    expect(idsAt(point(0, 6144), { addedTokens: 1 })).toHaveLength(6143);
    expect(idsAt(point(0, 1))).toHaveLength(1);
  });

  it('are at least one, and the asked length stays as it is', () => {
    const request = createRequestSource({ recipe: idsRecipe(2), seed: 1, nonce: 'n', outputs }).at(point(0, 1));
    expect(request.promptTokens).toBe(1);
    expect(request.prompt).toMatchObject({ ids: expect.toSatisfy((sent: Uint32Array) => sent.length === 1) });
  });

  it('differ from the first one on, until the vocabulary is used up', () => {
    const first = Array.from({ length: ids.length }, (_, index) => idsAt(point(index, 1))[0]);
    expect(new Set(first).size).toBe(ids.length);
    expect(first.slice(0, 20)).not.toEqual(Array.from(ids.subarray(0, 20)));
  });

  it('come from the vocabulary alone, each about as often', () => {
    const counts = new Map<number, number>();
    for (const id of idsAt(point(0, 100_000))) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect([...counts.keys()].every((id) => ids.includes(id))).toBe(true);
    expect(counts.size).toBe(ids.length);
    // 200 expected; a standard deviation is 14.
    expect(Math.max(...counts.values())).toBeLessThan(280);
    expect(Math.min(...counts.values())).toBeGreaterThan(130);
  });

  it('share no prefix between lengths', () => {
    const [short, long] = [idsAt(point(0, 64)), idsAt(point(1, 128))];
    expect(short[0]).not.toBe(long[0]);
  });
});

describe('text', () => {
  it('is the exact number of words, joined as they are', () => {
    const source = createRequestSource({ recipe: wordsRecipe(1), seed: 1, nonce: 'n', outputs });
    const { prompt } = source.at(point(4, 6144));
    if (prompt.kind !== 'text') throw new Error('no text');
    expect(prompt.text.split(' ').slice(1)).toHaveLength(6143);
    expect(prompt.text).toMatch(/^( w\d+)+$/);
    expect(promptSha256(source.at(point(4, 6144)).prompt)).toBe(promptSha256(prompt));
  });

  it('differs from the first word on', () => {
    const source = createRequestSource({ recipe: wordsRecipe(), seed: 1, nonce: 'n', outputs });
    const first = Array.from({ length: 300 }, (_, index) => source.at(point(index, 1)).prompt);
    expect(new Set(first.map((prompt) => (prompt.kind === 'text' ? prompt.text : ''))).size).toBe(300);
  });
});

describe('a fixed prompt', () => {
  const recipe: PromptRecipe = { kind: 'fixed', method: 'fixed-text', text: 'hi', addedTokens: 0 };

  it('is the same text for every point, of a length that nobody planned', () => {
    const source = createRequestSource({ recipe, seed: 1, nonce: null, outputs });
    const at = { promptTokens: null, outputTokens: 9 };
    expect(source.at({ index: 4, ...at })).toEqual({
      index: 4,
      prompt: { kind: 'text', text: 'hi' },
      ...at,
      ...outputs,
    });
    expect(source.at({ index: 5, ...at }).prompt).toBe(source.at({ index: 6, ...at }).prompt);
  });
});
