import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/contract/engine.ts';
import type { PromptRecipe } from '../../../src/contract/workload.ts';
import { wordFamilies } from '../../../src/tokenizer/candidate-words.ts';
import { choosePromptRecipe } from '../../../src/tokenizer/prompt-recipe.ts';
import { servedEngine, type ServedModel } from './served-engine.ts';
import { writeSmallTokenizer } from './small-tokenizer.ts';
import { temporaryFolder } from './temporary-folder.ts';

const words = (text: string): number => text.split(' ').length - 1;
const full: ServedModel = { count: words, takesIds: true, reportsUsage: true, hasTokenize: true, addedTokens: 0 };

interface Told {
  notes: string[];
  warnings: string[];
}

async function choose(
  engine: Engine,
  {
    tokenizePrompt = null,
    tokenizerPath = null,
  }: { tokenizePrompt?: boolean | null; tokenizerPath?: string | null } = {},
): Promise<{ recipe: PromptRecipe } & Told> {
  const notes: string[] = [];
  const warnings: string[] = [];
  const recipe = await choosePromptRecipe({
    tokenizePrompt,
    tokenizerPath,
    engine,
    seed: 42,
    tell: { note: (text) => notes.push(text), warning: (text) => warnings.push(text), debug: () => null },
  });
  return { recipe, notes, warnings };
}

describe('token ids', () => {
  it('are taken when one cheap probe is counted as sent', async () => {
    const engine = servedEngine(full);
    const { recipe, notes, warnings } = await choose(engine);
    expect(recipe).toMatchObject({ kind: 'ids', method: 'token-ids', addedTokens: 0 });
    expect(engine.probes).toHaveLength(1);
    expect(engine.probes[0]).toMatchObject({ outputTokens: 1, prompt: { kind: 'ids' } });
    expect(notes).toEqual(['prompts: token ids, drawn from ids 1,000 to 9,999 (9,000 ids)']);
    expect(warnings).toEqual([]);
  });

  it('are drawn from the engine, and the probe obeys that vocabulary', async () => {
    const vocabulary = { ids: Uint32Array.of(5, 7, 11), source: "the server's own" };
    const engine = { ...servedEngine(full), vocabulary: () => Promise.resolve(vocabulary) };
    const { recipe } = await choose(engine);
    expect(recipe).toMatchObject({ vocabulary });
    const sent = engine.probes[0]?.prompt;
    if (sent?.kind !== 'ids') throw new Error('no ids were sent');
    expect(sent.ids.length).toBeGreaterThan(3);
    expect([...sent.ids].every((id) => vocabulary.ids.includes(id))).toBe(true);
  });

  it('are drawn from the tokenizer file first', async () => {
    const folder = await temporaryFolder();
    await writeSmallTokenizer(folder, { kind: 'byte-level', words: [' of'] });
    const vocabulary = { ids: Uint32Array.of(5), source: "the server's own" };
    const engine = { ...servedEngine(full), vocabulary: () => Promise.resolve(vocabulary) };
    const { recipe } = await choose(engine, { tokenizerPath: folder });
    if (recipe.kind !== 'ids') throw new Error('no ids were chosen');
    expect(recipe.vocabulary.ids).toHaveLength(96);
    expect(recipe.vocabulary.source).toContain(folder);
  });

  it('find a constant BOS, by a second probe of another length', async () => {
    const engine = servedEngine({ ...full, addedTokens: 1 });
    const { recipe, notes } = await choose(engine);
    expect(recipe).toMatchObject({ kind: 'ids', addedTokens: 1 });
    expect(new Set(engine.probes.map((probe) => probe.promptTokens)).size).toBe(2);
    expect(notes[0]).toContain('the engine adds 1 to each prompt by itself');
  });

  it('need no probe from an engine in this process', async () => {
    expect((await choose(servedEngine({ ...full, hasProbe: false }))).recipe).toMatchObject({
      kind: 'ids',
      addedTokens: 0,
    });
  });

  it('are kept without usage, with a warning that nothing proves the lengths', async () => {
    const { recipe, warnings } = await choose(servedEngine({ ...full, reportsUsage: false }));
    expect(recipe).toMatchObject({ kind: 'ids', addedTokens: 0 });
    expect(warnings).toEqual([expect.stringContaining('nothing proves')]);
  });

  it('are an error when they were asked for and refused', async () => {
    const chosen = choose(servedEngine({ ...full, takesIds: false }), { tokenizePrompt: true });
    await expect(chosen).rejects.toMatchObject({
      code: 'E_CONNECTION_TEST',
      message: 'token ids: refused (prompt must not be ids)',
      hint: expect.stringContaining('--tokenize-prompt'),
    });
  });

  it('are given up when the server cuts them anew', async () => {
    const { recipe, notes } = await choose(servedEngine({ ...full, countsIdsAnew: true }));
    expect(recipe).toMatchObject({ kind: 'words', method: 'server-tokenize' });
    expect(notes[0]).toContain('29 sent, 58 counted');
  });
});

describe('text', () => {
  it("is counted by the server's /tokenize, and a usage probe finds the BOS", async () => {
    const engine = servedEngine({ ...full, takesIds: false, addedTokens: 1 });
    const { recipe } = await choose(engine);
    expect(recipe).toMatchObject({ kind: 'words', method: 'server-tokenize', addedTokens: 1 });
    expect(engine.probes.length).toBeLessThanOrEqual(3);
    expect(engine.tokenized.length).toBeLessThanOrEqual(6);
  });

  it('is used at once when ids are not wanted', async () => {
    const engine = servedEngine(full);
    expect((await choose(engine, { tokenizePrompt: false })).recipe.method).toBe('server-tokenize');
    expect(engine.probes.every((probe) => probe.prompt.kind === 'text')).toBe(true);
  });

  it('is counted by the tokenizer file when the server has no /tokenize', async () => {
    const folder = await temporaryFolder();
    await writeSmallTokenizer(folder, { kind: 'byte-level', words: wordFamilies[0]?.words ?? [] });
    const engine = servedEngine({ ...full, takesIds: false, hasTokenize: false, addedTokens: 1 });
    const { recipe } = await choose(engine, { tokenizerPath: folder });
    expect(recipe).toMatchObject({ kind: 'words', method: 'tokenizer-file', addedTokens: 1 });
    if (recipe.kind === 'words') expect(recipe.words).toHaveLength(256);
  });

  it('of the wrong tokenizer file is found out by the probe, and calibrated', async () => {
    const folder = await temporaryFolder();
    await writeSmallTokenizer(folder, { kind: 'byte-level', words: wordFamilies[0]?.words ?? [] });
    const byBytes: ServedModel = { ...full, count: (text) => Buffer.byteLength(text) };
    const engine = servedEngine({ ...byBytes, takesIds: false, hasTokenize: false });
    const { recipe, notes } = await choose(engine, { tokenizerPath: folder });
    expect(recipe).toMatchObject({ method: 'calibrated-text', addedTokens: 0 });
    expect(notes[0]).toContain(`text counted by the tokenizer file`);
  });

  it('is calibrated by a few usage probes when there is nothing else', async () => {
    const engine = servedEngine({ ...full, takesIds: false, hasTokenize: false, addedTokens: 5 });
    const { recipe, notes } = await choose(engine);
    expect(recipe).toMatchObject({ kind: 'words', method: 'calibrated-text', addedTokens: 5 });
    expect(engine.probes.length).toBeLessThanOrEqual(8);
    expect(notes[0]).toContain('usage of short requests');
  });

  it('draws the same words for the same seed', async () => {
    const model = { ...full, takesIds: false };
    const [one, other] = [await choose(servedEngine(model)), await choose(servedEngine(model))];
    expect(one.recipe).toEqual(other.recipe);
  });
});

describe('no way', () => {
  it('is told with every reason when usage is missing and ids are refused', async () => {
    const engine = servedEngine({ ...full, takesIds: false, hasTokenize: false, reportsUsage: false });
    await expect(choose(engine)).rejects.toMatchObject({
      code: 'E_CONNECTION_TEST',
      message: expect.stringMatching(/token ids: refused \(.+\); the server reports no usage/),
      hint: expect.stringContaining('--tokenizer-path'),
    });
  });

  it.each([
    ['connect', null],
    ['read-timeout', null],
    ['http-status', 401],
    ['http-status', 404],
  ] as const)('is tried further after %s %s', async (kind, httpStatus) => {
    const engine = servedEngine({ ...full, failure: { kind, httpStatus } });
    await expect(choose(engine)).rejects.toMatchObject({
      code: 'E_CONNECTION_TEST',
      message: `the server said ${kind}`,
      hint: expect.stringContaining('--url'),
    });
    expect(engine.probes).toHaveLength(1);
  });

  it('is no conclusion from one token of empty text', async () => {
    const engine = servedEngine(full);
    const probe: Engine['probe'] = async (request) => {
      const { outcome, usage } = (await servedEngine(full).probe?.(request)) ?? {};
      if (outcome === undefined || usage === undefined) throw new Error('no answer');
      return { outcome: { ...outcome, status: 'failed', failure: 'no-tokens' }, usage };
    };
    expect((await choose({ ...engine, probe })).recipe).toMatchObject({ kind: 'ids', addedTokens: 0 });
  });
});
