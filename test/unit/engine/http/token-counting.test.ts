import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import { openEngine, send } from './engine-under-test.ts';
import { type Script, ScriptedServer, streamOf, token, usage } from './scripted-server.ts';

let server: ScriptedServer;
let engine: Engine;

afterEach(async () => {
  await engine.close();
  await server.close();
});

async function open(script: Script): Promise<void> {
  server = new ScriptedServer({ '/v1/completions': script });
  await server.listen();
  engine = await openEngine(server.url);
}

const chat = (delta: object, more: object = {}, choice: object = {}): object => ({
  choices: [{ index: 0, delta, ...choice }],
  ...more,
});

async function chunksOf(...events: object[]): Promise<(readonly [number | 'unknown', string])[]> {
  await open(streamOf(...events));
  const { outcome, sink } = await send(engine);
  expect(outcome.status).toBe('ok');
  return sink.chunks.map(({ tokens, kind }) => [tokens, kind] as const);
}

describe('how tokens are counted', () => {
  const end = { choices: [{ text: '', finish_reason: 'length' }] };

  it('by the rise of running usage, whatever the text; no rise is no token', async () => {
    const events = [
      token('', usage(4, 1)),
      token('ab', usage(4, 3)),
      token('', usage(4, 3)),
      { choices: [], ...usage(4, 3) },
    ];
    expect(await chunksOf(...events, end)).toEqual([
      [1, 'answer'],
      [2, 'answer'],
    ]);
  });

  it("by the rise of llama-server's timings", async () => {
    const events = [1, 2, 4, 4].map((predicted_n) => token('a', { timings: { predicted_n } }));
    expect(await chunksOf(...events, end)).toEqual([
      [1, 'answer'],
      [1, 'answer'],
      [2, 'answer'],
    ]);
  });

  it('by ids', async () => {
    const events = [[1, 2], [3]].map((token_ids) => token('', {}, { token_ids }));
    expect(await chunksOf(...events, end)).toEqual([
      [2, 'answer'],
      [1, 'answer'],
    ]);
  });

  it('usage of nothing in the first event is no running count', async () => {
    const events = [
      token('', usage(4, 0)),
      token('a'),
      token('b'),
      token('', usage(4, 2), { finish_reason: 'length' }),
    ];
    expect(await chunksOf(...events)).toEqual([
      ['unknown', 'answer'],
      ['unknown', 'answer'],
    ]);
  });

  it('reasoning before the answer; role, empty and usage events are none', async () => {
    const events = [
      chat({ role: 'assistant', content: '' }),
      chat({ reasoning_content: 'hm' }),
      chat({ reasoning: 'so' }),
      chat({ content: 'Yes' }),
      chat({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] }),
      chat({}, {}, { finish_reason: 'stop' }),
    ];
    const kinds = ['reasoning', 'reasoning', 'answer', 'answer'];
    expect(await chunksOf(...events)).toEqual(kinds.map((kind) => ['unknown', kind]));
  });
});
