import { afterEach, describe, expect, it } from 'vitest';
import { parseFault } from '../../../../src/engine/reference/fault.ts';
import { startReferenceServer, type ReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import { ask, at, eventsOf, jsonOf, plainOptions, RawClient, type RawAnswer } from './raw-client.ts';

let server: ReferenceServer | null = null;

async function serveWith(...faults: string[]): Promise<number> {
  server = await startReferenceServer({ ...plainOptions, faults: faults.map(parseFault) });
  return server.port;
}

afterEach(async () => {
  await server?.close();
  server = null;
});

const body = {
  prompt: [1000, 1001, 1002, 1003],
  max_tokens: 6,
  stream: true,
  stream_options: { include_usage: true },
};

/** One answer of a server with one fault. */
async function struck(fault: string, fields: object = {}, silenceMs?: number): Promise<RawAnswer> {
  const port = await serveWith(fault);
  return ask(port, { path: '/v1/completions', body: { ...body, ...fields } }, silenceMs);
}

function usageOf(answer: RawAnswer): unknown {
  const last = eventsOf(answer).findLast((data) => data.includes('"choices":[],'));
  return last === undefined ? undefined : at(JSON.parse(last), 'usage');
}

describe('faults before an answer', () => {
  it('http-500 and http-429: errors in the form of vLLM', async () => {
    const died = await struck('http-500');
    expect(died.status).toBe(500);
    expect(at(jsonOf(died), 'error')).toMatchObject({ type: 'InternalServerError', param: null, code: 500 });
    await server?.close();
    const busy = await struck('http-429');
    expect(busy).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  });

  it('html: a page, with status 200', async () => {
    const answer = await struck('html');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(answer.body.toString()).toContain('<html>');
  });

  it('not-json: JSON by its header only', async () => {
    const answer = await struck('not-json');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(() => jsonOf(answer)).toThrow(SyntaxError);
  });

  it('refuse-ids: text is still taken', async () => {
    expect(await struck('refuse-ids')).toMatchObject({ status: 400 });
    const text = await ask(server?.port ?? 0, { path: '/v1/completions', body: { ...body, prompt: 'some words' } });
    expect(text.status).toBe(200);
  });

  it('refuse-field: names the field, and only where it is sent', async () => {
    const refused = await struck('refuse-field:ignore_eos', { ignore_eos: true });
    expect(refused.status).toBe(400);
    expect(at(jsonOf(refused), 'error', 'message')).toContain('ignore_eos');
    const without = await ask(server?.port ?? 0, { path: '/v1/completions', body });
    expect(without.status).toBe(200);
  });

  it('reset-before-answer: a reset and no byte', async () => {
    const answer = await struck('reset-before-answer');
    expect(answer).toMatchObject({ status: 0, socketEnd: 'ECONNRESET' });
    expect(answer.reads).toEqual([]);
  });

  it('reset-reused: the second request of a connection, not the first', async () => {
    const port = await serveWith('reset-reused');
    const client = await RawClient.open(port);
    expect(await client.send({ path: '/v1/completions', body })).toMatchObject({ complete: true, socketEnd: 'open' });
    const second = await client.send({ path: '/v1/completions', body });
    expect(second).toMatchObject({ status: 0, socketEnd: 'ECONNRESET' });
    expect(await ask(port, { path: '/v1/completions', body })).toMatchObject({ status: 200, complete: true });
  });
});

describe('faults within a stream', () => {
  it('bad-utf8: the event in the middle holds bytes that are no UTF-8, and the stream goes on', async () => {
    const answer = await struck('bad-utf8');
    expect(answer.complete).toBe(true);
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(answer.body)).toThrow(TypeError);
    expect(eventsOf(answer)).toHaveLength(8);
  });

  it('broken-json: the event in the middle is cut, and the stream goes on', async () => {
    const events = eventsOf(await struck('broken-json'));
    expect(events).toHaveLength(8);
    const broken = events.slice(0, -1).map((data) => {
      try {
        JSON.parse(data);
        return false;
      } catch {
        return true;
      }
    });
    expect(broken).toEqual([false, false, false, true, false, false, false]);
  });

  it('error-event: half of the tokens, the error, then [DONE]', async () => {
    const answer = await struck('error-event');
    const events = eventsOf(answer);
    expect(answer).toMatchObject({ status: 200, complete: true });
    expect(events).toHaveLength(5);
    expect(events[3]).toBe(
      '{"error": {"message": "EngineCore encountered an issue. See stack trace (above) for the root cause.", "type": "InternalServerError", "param": null, "code": 500}}',
    );
    expect(events[4]).toBe('[DONE]');
  });

  it('no-done: everything but [DONE]', async () => {
    const answer = await struck('no-done');
    expect(answer.complete).toBe(true);
    expect(eventsOf(answer)).toHaveLength(7);
    expect(usageOf(answer)).toMatchObject({ completion_tokens: 6 });
    expect(answer.body.toString()).not.toContain('[DONE]');
  });

  it('end-mid-stream: a clean end after half of the tokens', async () => {
    const answer = await struck('end-mid-stream');
    expect(answer.complete).toBe(true);
    expect(eventsOf(answer)).toHaveLength(3);
    expect(answer.body.toString()).not.toMatch(/DONE|"finish_reason":"/);
  });

  // Where the reset comes with the last data, libuv takes it for the end of the stream: once more then.
  it('reset-mid-stream: a reset after half of the tokens', { retry: 3 }, async () => {
    const answer = await struck('reset-mid-stream');
    expect(answer).toMatchObject({ status: 200, complete: false, socketEnd: 'ECONNRESET' });
    expect(eventsOf(answer)).toHaveLength(3);
    expect(server?.stamps()[0]).toMatchObject({ outputTokens: 3 });
  });

  it('hang-mid-stream: silence after half of the tokens, the connection open', async () => {
    const answer = await struck('hang-mid-stream', {}, 300);
    expect(answer).toMatchObject({ status: 200, complete: false, socketEnd: 'silent' });
    expect(eventsOf(answer)).toHaveLength(3);
  });

  it('no-usage and no-cached-count: less is told', async () => {
    expect(usageOf(await struck('no-usage'))).toBeUndefined();
    await server?.close();
    expect(usageOf(await struck('no-cached-count'))).toEqual({
      prompt_tokens: 4,
      total_tokens: 10,
      completion_tokens: 6,
    });
  });

  it('zero-tokens: one empty event, and a usage of none', async () => {
    const answer = await struck('zero-tokens');
    const [first = ''] = eventsOf(answer);
    expect(eventsOf(answer)).toHaveLength(3);
    expect(at(JSON.parse(first), 'choices', 0)).toMatchObject({ text: '', finish_reason: 'stop' });
    expect(usageOf(answer)).toMatchObject({ completion_tokens: 0 });
    expect(server?.stamps()[0]?.writes).toEqual([]);
  });

  it('short-output: half of the tokens, unless the request forbids it', async () => {
    const lengths: unknown[] = [];
    for (const fields of [{}, { min_tokens: 5 }, { ignore_eos: true }]) {
      const answer = await struck('short-output', fields);
      const reason = answer.body.toString().includes('"finish_reason":"stop"') ? 'stop' : 'length';
      lengths.push([at(usageOf(answer), 'completion_tokens'), reason]);
      await server?.close();
    }
    expect(lengths).toEqual([
      [3, 'stop'],
      [5, 'stop'],
      [6, 'length'],
    ]);
  });

  it('cache-hit and wrong-prompt-count: untrue counts', async () => {
    expect(usageOf(await struck('cache-hit'))).toMatchObject({ prompt_tokens_details: { cached_tokens: 2 } });
    await server?.close();
    expect(usageOf(await struck('wrong-prompt-count'))).toMatchObject({ prompt_tokens: 5, total_tokens: 11 });
    expect(server?.stamps()[0]).toMatchObject({ promptTokens: 4 });
  });

  it('strikes every nth request only, and several faults at once', async () => {
    const port = await serveWith('http-500@2', 'no-usage@3');
    const seen: unknown[] = [];
    for (let request = 1; request <= 4; request++) {
      const answer = await ask(port, { path: '/v1/completions', body });
      seen.push([answer.status, usageOf(answer) !== undefined]);
    }
    expect(seen).toEqual([
      [200, true],
      [500, false],
      [200, false],
      [500, false],
    ]);
  });
});

describe('faults without a stream', () => {
  const whole = { stream: false, stream_options: undefined };

  it('spoils, withholds or breaks off the one body', async () => {
    const cut = await struck('broken-json', whole);
    expect(() => jsonOf(cut)).toThrow(SyntaxError);
    await server?.close();
    const bytes = await struck('bad-utf8', whole);
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes.body)).toThrow(TypeError);
    await server?.close();
    expect(await struck('error-event', whole)).toMatchObject({ status: 500 });
    await server?.close();
    expect(await struck('reset-mid-stream', whole)).toMatchObject({ status: 0, socketEnd: 'ECONNRESET' });
    await server?.close();
    expect(await struck('hang-mid-stream', whole, 200)).toMatchObject({ status: 0, socketEnd: 'silent' });
    await server?.close();
    const silent = await struck('no-usage', whole);
    expect(at(jsonOf(silent), 'usage')).toBeNull();
  });
});
