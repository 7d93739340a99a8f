import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/contract/engine.ts';
import { openEngine, requestFor, type RecordingSink, send } from './engine-under-test.ts';
import { ScriptedServer } from './scripted-server.ts';

interface RecordedLine {
  readonly dir?: string;
  readonly base64?: string;
}

/** The reads of a recorded response, as they came from the server. */
function recordedReads(name: string): Buffer[] {
  const file = new URL(`../../../fixtures/streams/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): RecordedLine => JSON.parse(line));
  return lines.flatMap(({ dir, base64 }) =>
    dir === 'sent' || base64 === undefined ? [] : [Buffer.from(base64, 'base64')],
  );
}

type Cut = (reads: readonly Buffer[]) => readonly Uint8Array[];

const cuts: readonly (readonly [string, Cut])[] = [
  ['as it was recorded', (reads) => reads],
  ['in one piece', (reads) => [Buffer.concat(reads)]],
  ['byte by byte', (reads) => pieces(Buffer.concat(reads), 1)],
  ['in pieces of 7 bytes', (reads) => pieces(Buffer.concat(reads), 7)],
  ['in pieces of 100 bytes', (reads) => pieces(Buffer.concat(reads), 100)],
];

function pieces(bytes: Buffer, length: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
}

const kinds = (sink: RecordingSink): string[] => [
  ...new Set(sink.chunks.map(({ tokens, kind }) => `${tokens} ${kind}`)),
];

describe.each(cuts)('recorded streams, %s', (_name, cut) => {
  let server: ScriptedServer;
  let engine: Engine;

  afterEach(async () => {
    await engine.close();
    await server.close();
  });

  async function replay(name: string): Promise<Awaited<ReturnType<typeof send>>> {
    const play = async (socket: Socket): Promise<void> => {
      for (const part of cut(recordedReads(name))) {
        socket.write(part);
        await turn();
      }
      socket.end();
    };
    server = new ScriptedServer({ '/v1/completions': (_request, socket) => void play(socket) });
    await server.listen();
    engine = await openEngine(server.url);
    return send(engine, requestFor());
  }

  it('vLLM completions: 16 texts, counted by the final usage', async () => {
    const { outcome, sink } = await replay('vllm-completions');
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length', httpStatus: 200 });
    expect(sink.chunks).toHaveLength(16);
    expect(kinds(sink)).toEqual(['unknown answer']);
    expect(sink.counts).toEqual({ promptTokens: 4, cachedTokens: null, outputTokens: 16 });
    expect(sink.engineTimings).toBeNull();
  });

  it('vLLM chat: the role chunk is no token', async () => {
    const { outcome, sink } = await replay('vllm-chat');
    expect(outcome.status).toBe('ok');
    expect(sink.chunks).toHaveLength(16);
    expect(sink.counts).toMatchObject({ promptTokens: 9, outputTokens: 16 });
  });

  it('vLLM without tokenizer: empty texts with running counts are tokens', async () => {
    const { outcome, sink } = await replay('vllm-completions-skiptok-ids');
    expect(outcome.status).toBe('ok');
    expect(sink.chunks).toHaveLength(16);
    expect(kinds(sink)).toEqual(['1 answer']);
    expect(sink.tokens).toBe(16);
    expect(sink.counts?.outputTokens).toBe(16);
  });

  it('vLLM without tokenizer and without running counts: nothing to time', async () => {
    const { outcome, sink } = await replay('vllm-completions-skiptok');
    expect(outcome).toMatchObject({ status: 'failed', failure: 'no-tokens' });
    expect(outcome.message).toContain('counted 16 tokens');
    expect(sink.chunks).toHaveLength(0);
    expect(sink.counts?.outputTokens).toBe(16);
    expect(sink.ends).toHaveLength(1);
  });

  it('vLLM whose engine dies: an error under HTTP 200, though [DONE] follows', async () => {
    const { outcome, sink } = await replay('vllm-completions-engine-dead');
    expect(outcome).toMatchObject({ status: 'failed', failure: 'server-error', httpStatus: 200 });
    expect(outcome.message).toContain('EngineCore encountered an issue');
    expect(sink.ends).toHaveLength(1);
  });

  it('vLLM whose engine is dead: HTTP 500', async () => {
    const { outcome } = await replay('vllm-chat-engine-dead');
    expect(outcome).toMatchObject({ status: 'failed', failure: 'http-status', httpStatus: 500 });
    expect(outcome.message).toContain('EngineCore encountered an issue');
  });

  it('llama-server completions: 17 choice events are 16 tokens', async () => {
    const { outcome, sink } = await replay('llamacpp-completions-tinyqwen');
    expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length' });
    expect(sink.chunks).toHaveLength(16);
    expect(sink.counts).toEqual({ promptTokens: 4, cachedTokens: 0, outputTokens: 16 });
    expect(sink.engineTimings).toEqual({
      promptMs: 18.712,
      decodeMs: 38.922,
      decodeTokens: 16,
      source: 'llama-server timings',
    });
  });

  it('llama-server chat', async () => {
    const { outcome, sink } = await replay('llamacpp-chat');
    expect(outcome.status).toBe('ok');
    expect(sink.chunks).toHaveLength(16);
    expect(sink.counts).toEqual({ promptTokens: 31, cachedTokens: 0, outputTokens: 16 });
    expect(sink.engineTimings).toMatchObject({ decodeTokens: 16 });
  });
});
