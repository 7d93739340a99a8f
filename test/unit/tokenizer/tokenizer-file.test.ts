import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TokometerError } from '../../../src/base/errors.ts';
import { loadTokenizerFile } from '../../../src/tokenizer/tokenizer-file.ts';
import { writeSmallTokenizer } from './small-tokenizer.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('loadTokenizerFile', () => {
  it('counts and encodes without special tokens, from a folder or the file itself', async () => {
    const folder = await temporaryFolder();
    await writeSmallTokenizer(folder, { kind: 'byte-level', words: [' the', ' they'] });
    for (const path of [folder, join(folder, 'tokenizer.json')]) {
      const tokenizer = await loadTokenizerFile(path);
      expect(tokenizer.count('')).toBe(0);
      expect(tokenizer.count(' the they')).toBe(2);
      expect(tokenizer.count(' thex')).toBe(2);
      expect(tokenizer.encode(' the')).toEqual(Uint32Array.of(97));
      expect(tokenizer.path).toBe(join(folder, 'tokenizer.json'));
    }
  });

  it('gives the vocabulary without the unknown, added and special tokens', async () => {
    const folder = await temporaryFolder();
    await writeSmallTokenizer(folder, { kind: 'byte-level', words: [' of'] });
    const { ids } = (await loadTokenizerFile(folder)).vocabulary();
    // 95 letters and " o", " of"; `!` (1) is the unknown token, 97 the special one.
    expect([...ids]).toEqual([0, ...Array.from({ length: 95 }, (_, place) => place + 2)]);
  });

  it('reads a Unigram vocabulary, whose places are the ids', async () => {
    const folder = await temporaryFolder();
    const vocab = ['<unk>', '<s>', '▁', 'a', 'b'].map((token) => [token, -1]);
    const json = { added_tokens: [{ id: 1, content: '<s>' }], model: { type: 'Unigram', unk_id: 0, vocab } };
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json));
    expect([...(await loadTokenizerFile(folder)).vocabulary().ids]).toEqual([2, 3, 4]);
  });

  it.each([
    ['nothing there', null, 'no tokenizer.json at'],
    ['text', 'not json', "can't be read as JSON"],
    ['a list', '[1]', 'holds no JSON object'],
    ['no vocabulary', '{"model":{"type":"BPE"}}', 'holds no model vocabulary'],
    ['an empty vocabulary', '{"model":{"type":"BPE","vocab":{}}}', 'holds no token that a prompt may use'],
  ])('refuses %s, and names the flag', async (_, content, message) => {
    const folder = await temporaryFolder();
    if (content !== null) await writeFile(join(folder, 'tokenizer.json'), content);
    const error: unknown = await loadTokenizerFile(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TokometerError);
    expect(error).toMatchObject({ code: 'E_MODEL_FILE', hint: expect.stringContaining('--tokenizer-path') });
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
  });

  it('names the file when text is counted and a part of it is unknown', async () => {
    const folder = await temporaryFolder();
    await writeFile(
      join(folder, 'tokenizer.json'),
      '{"normalizer":{"type":"Odd"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}',
    );
    const tokenizer = await loadTokenizerFile(folder);
    expect(() => tokenizer.count('a')).toThrow(/tokenizer\.json can't be used as a tokenizer: .*Odd/);
  });
});
