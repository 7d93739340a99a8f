import { afterEach, expect, it } from 'vitest';

import type { Engine } from '../../../../src/contract/engine.ts';
import { openEngine, requestFor, send } from './engine-under-test.ts';
import { answer, event, ScriptedServer, streamEnd, streamHead, usage } from './scripted-server.ts';

let server: ScriptedServer;
let engine: Engine;

afterEach(async () => {
  await engine.close();
  await server.close();
});

it('sends a text to a chat endpoint as the message of a user, and counts its deltas', async () => {
  const path = '/v1/chat/completions';
  server = new ScriptedServer({
    [path]: (_request, socket) => {
      socket.write(streamHead);
      socket.write(event({ choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }));
      for (const content of ['a', 'b']) socket.write(event({ choices: [{ index: 0, delta: { content } }] }));
      socket.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
      socket.write(event({ choices: [], ...usage(9, 2) }));
      socket.write(streamEnd);
    },
    '/v1/models': (_request, socket) => socket.write(answer(404, '{}')),
  });
  await server.listen();
  engine = await openEngine(server.url.replace('/v1/completions', path));
  const prompt = { kind: 'text', text: 'say "hi"' } as const;
  const { outcome, sink } = await send(
    engine,
    requestFor({ prompt, promptTokens: null, outputTokens: 2, minOutputTokens: null, extraArguments: { top_k: 3 } }),
  );
  expect(outcome).toMatchObject({ status: 'ok', finishReason: 'stop', lengthRule: 'none' });
  expect(sink.chunks).toHaveLength(2);
  expect(sink.counts).toMatchObject({ promptTokens: 9, outputTokens: 2 });
  const [body] = server.bodies();
  expect(body).toMatchObject({ max_tokens: 2, top_k: 3, messages: [{ role: 'user', content: 'say "hi"' }] });
  expect(body).not.toHaveProperty('prompt');
  expect(body).not.toHaveProperty('min_tokens');
});
