import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventScanner } from '../../../../src/engine/http/event-scanner.ts';
import { fieldOf } from '../../../../src/engine/http/server-words.ts';
import { generateEvents, streamEvents } from './arbitraries.ts';

const scanner = new EventScanner();

// Between other bytes, as in a read: the scanner must not look beyond its bounds.
function scan(bytes: Uint8Array): string {
  const around = Buffer.concat([Buffer.from('{"a":'), bytes, Buffer.from('"x]}1')]);
  return scanner.scan(around, 5, 5 + bytes.length);
}

const filled = (value: unknown): boolean => typeof value === 'string' && value !== '';
const countOr = (value: unknown): number => (typeof value === 'number' ? value : -1);

const there = (value: unknown): boolean => value !== undefined && value !== null;

function factsOf(event: unknown): Record<string, unknown> {
  const choice = fieldOf(event, 'choices', '0');
  const delta = fieldOf(choice, 'delta');
  const calls = fieldOf(delta, 'tool_calls');
  const called =
    Array.isArray(calls) &&
    calls.some((call) => ['name', 'arguments'].some((name) => filled(fieldOf(call, 'function', name))));
  const ids = fieldOf(choice, 'token_ids');
  const finish = fieldOf(choice, 'finish_reason');
  return {
    hasChoice: choice !== undefined,
    hasAnswer: filled(fieldOf(choice, 'text')) || filled(fieldOf(delta, 'content')) || called,
    hasReasoning: filled(fieldOf(delta, 'reasoning')) || filled(fieldOf(delta, 'reasoning_content')),
    tokenIds: Array.isArray(ids) ? ids.length : -1,
    finishReason: filled(finish) ? finish : null,
    hasUsage: there(fieldOf(event, 'usage')),
    promptTokens: countOr(fieldOf(event, 'usage', 'prompt_tokens')),
    completionTokens: countOr(fieldOf(event, 'usage', 'completion_tokens')),
    cachedTokens: countOr(fieldOf(event, 'usage', 'prompt_tokens_details', 'cached_tokens')),
    hasTimings: there(fieldOf(event, 'timings')),
    promptMs: countOr(fieldOf(event, 'timings', 'prompt_ms')),
    promptN: countOr(fieldOf(event, 'timings', 'prompt_n')),
    predictedMs: countOr(fieldOf(event, 'timings', 'predicted_ms')),
    predictedN: countOr(fieldOf(event, 'timings', 'predicted_n')),
    cacheN: countOr(fieldOf(event, 'timings', 'cache_n')),
    hasError: there(fieldOf(event, 'error')),
  };
}

function generateFactsOf(event: unknown): Record<string, unknown> {
  const meta = fieldOf(event, 'meta_info');
  const ids = fieldOf(event, 'output_ids');
  const told = fieldOf(meta, 'finish_reason');
  const type = typeof told === 'string' ? told : fieldOf(told, 'type');
  return {
    ...factsOf({ error: fieldOf(event, 'error') }),
    hasChoice: there(meta),
    hasAnswer: filled(fieldOf(event, 'text')) || (Array.isArray(ids) && ids.length > 0),
    finishReason: filled(type) ? type : null,
    hasUsage: there(meta),
    promptTokens: countOr(fieldOf(meta, 'prompt_tokens')),
    completionTokens: countOr(fieldOf(meta, 'completion_tokens')),
    cachedTokens: countOr(fieldOf(meta, 'cached_tokens')),
    hasError: there(fieldOf(event, 'error')) || fieldOf(told, 'type') === 'abort',
  };
}

const textKeys = ['text', 'content', 'reasoning', 'reasoning_content', 'name', 'arguments'];

// The same event with another number and text wherever one stands.
function alike(key: string, value: unknown, by: { number: number; text: string }): unknown {
  if (typeof value === 'number') return by.number;
  return typeof value === 'string' && textKeys.includes(key) ? by.text : value;
}

// With a string that is another one in each event.
const numbered = (count: number): Buffer =>
  Buffer.from(`{"t":"0${'x'.repeat(count)}","object":"chunk","usage":{"completion_tokens":${count}}}`);

describe('EventScanner', () => {
  it.each([undefined, 1])("reads the same facts of /generate's events as JSON.parse, indented by %s", (indent) => {
    fc.assert(
      fc.property(generateEvents, (event) => {
        const text = JSON.stringify(event, null, indent);
        expect(scan(Buffer.from(text))).toBe('ok');
        expect(Object.fromEntries(Object.entries(scanner))).toEqual(generateFactsOf(JSON.parse(text)));
      }),
      { seed: 15, numRuns: 2000 },
    );
  });

  it.each(['[]', '[0]', '[10,0,7]', '[1, 2]', '[-1,2]', '[1.5,2]', '[[1],2]', '["a"]'])('skips the ids %s', (ids) => {
    expect(scan(Buffer.from(`{"choices":[{"token_ids":${ids}}]}`))).toBe('ok');
    expect(scanner.tokenIds).toBe(JSON.parse(ids).length);
  });

  it.each(['[', '[1', '[1,', '[1,]', '[01]', '[1 2]', '[,1]', '[1}', '[1a]'])('refuses the ids %s', (ids) => {
    expect(scan(Buffer.from(`{"output_ids":${ids}}`))).toBe('malformed');
  });

  it('reads the same facts as JSON.parse', () => {
    fc.assert(
      fc.property(streamEvents, fc.constantFrom(undefined, 1, '\t'), (event, indent) => {
        const text = JSON.stringify(event, null, indent);
        expect(scan(Buffer.from(text))).toBe('ok');
        expect(Object.fromEntries(Object.entries(scanner))).toEqual(factsOf(JSON.parse(text)));
      }),
      { seed: 12, numRuns: 3000 },
    );
  });

  it('tells the facts of an event that is like the last one without a walk', () => {
    let known = 0;
    fc.assert(
      fc.property(streamEvents, fc.nat(3000), fc.constantFrom('', ' the', '熵', 'a\n"b'), (event, number, text) => {
        const one = Buffer.from(JSON.stringify(event));
        const other = Buffer.from(JSON.stringify(event, (key, value: unknown) => alike(key, value, { number, text })));
        if (new EventScanner().scan(one, 0, one.length) !== 'ok') return;
        const fresh = new EventScanner();
        fresh.scan(one, 0, one.length);
        const end = fresh.match(Buffer.concat([other, Buffer.from('"x')]), 0, other.length);
        if (end === -1) return;
        known++;
        expect(end).toBe(other.length);
        expect(Object.fromEntries(Object.entries(fresh))).toEqual(factsOf(JSON.parse(other.toString())));
      }),
      { seed: 16, numRuns: 3000 },
    );
    expect(known).toBeGreaterThan(500);
  });

  it.each([
    [
      '{"choices":[{"text":" a"}],"usage":{"completion_tokens":1}}',
      '{"choices":[{"text":""}],"usage":{"completion_tokens":12}}',
    ],
    ['{"choices":[{"token_ids":[1]}]}', '{"choices":[{"token_ids":[7,8,9]}]}'],
    ['{"choices":[{"delta":{"reasoning":"x"}}]}', '{"choices":[{"delta":{"reasoning":"熵 and more"}}]}'],
  ])('knows %s again in %s', (first, second) => {
    const one = new EventScanner();
    const bytes = Buffer.from(second);
    one.scan(Buffer.from(first), 0, first.length);
    expect(one.match(bytes, 0, bytes.length)).toBe(bytes.length);
    const walked = new EventScanner();
    walked.scan(bytes, 0, bytes.length);
    expect(Object.entries(one)).toEqual(Object.entries(walked));
  });

  it('passes over strings that are never the same, once it has seen that they are', () => {
    const one = new EventScanner();
    const known = [1, 2, 3, 4, 5, 6, 7, 8].map((count) => {
      const bytes = numbered(count);
      const end = one.match(bytes, 0, bytes.length);
      if (end === -1) one.scan(bytes, 0, bytes.length);
      expect(one.completionTokens).toBe(count);
      return end !== -1;
    });
    expect(known).toEqual([false, false, false, false, true, true, true, true]);
    const error = Buffer.from('{"t":"9","object":"error","usage":{"completion_tokens":9}}');
    expect(one.match(error, 0, error.length)).toBe(-1);
  });

  it.each([
    ['{"usage":{"completion_tokens":1}}', '{"usage":{"completion_tokens":"1"}}'],
    ['{"usage":{"completion_tokens":1}}', '{"usage":{"completion_tokens":01}}'],
    ['{"usage":{"completion_tokens":1}}', '{"usage":{"completion_tokens":1}'],
    [
      '{"usage":{"completion_tokens":1,"completion_tokens":2}}',
      '{"usage":{"completion_tokens":3,"completion_tokens":4}}',
    ],
    ['{"choices":[{"text":"a"}]}', '{"choices":[{"text":"a}]}'],
    ['{"choices":[{"text":["a"]}]}', '{"choices":[{"text":["b"]}]}'],
  ])('does not take %s for %s', (first, second) => {
    const one = new EventScanner();
    one.scan(Buffer.from(first), 0, first.length);
    expect(one.match(Buffer.from(second), 0, second.length)).toBe(-1);
  });

  it('accepts exactly what JSON.parse accepts, when bytes are changed, dropped or added', () => {
    const edit = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('change', 'drop', 'add', 'cut'),
      fc.nat(255),
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(streamEvents, generateEvents), edit, (event, [place, kind, byte]) => {
        const bytes = Buffer.from(JSON.stringify(event));
        const at = Math.floor(place * (bytes.length - 1));
        const kept = kind === 'add' || kind === 'cut' ? at : at + 1;
        const tail = kind === 'cut' ? Buffer.alloc(0) : bytes.subarray(kept);
        const between = kind === 'change' || kind === 'add' ? [byte] : [];
        const edited = Buffer.concat([bytes.subarray(0, at), Buffer.from(between), tail]);
        const right = isUtf8(edited) && isObject(edited.toString());
        if (!right) refused++;
        expect(scan(edited) === 'ok').toBe(right);
      }),
      { seed: 13, numRuns: 5000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });

  it('accepts exactly valid UTF-8 inside strings', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5 }), (raw) => {
        const inner = raw.map((byte) => (byte < 0x80 ? 0x61 : byte));
        const bytes = Buffer.concat([Buffer.from('{"a":"'), inner, Buffer.from('"}')]);
        expect(scan(bytes)).toBe(isUtf8(bytes) ? 'ok' : 'bad-utf8');
      }),
      { seed: 14, numRuns: 5000 },
    );
  });

  it.each([
    '0',
    '-0',
    '1',
    '-12',
    '0.5',
    '1e3',
    '1E-2',
    '12.25e+2',
    '123456789012345678',
    '1.7976931348623157e308',
    '0.1234567890123456',
  ])('reads the number %s exactly', (text) => {
    expect(scan(Buffer.from(`{"timings":{"prompt_ms":${text}}}`))).toBe('ok');
    expect(scanner.promptMs).toBe(JSON.parse(text));
  });

  it.each([
    '{',
    '[]',
    '"text"',
    '',
    '{"a":01}',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":nul}',
    '{"a":"\t"}',
    '{"a":"\\x"}',
    '{"a":1}}',
    '{"a":1} x',
  ])('refuses %j', (text) => {
    expect(scan(Buffer.from(text))).toBe('malformed');
  });

  it('knows a key that is written with escapes', () => {
    expect(scan(Buffer.from('{"\\u0063hoices":[{"te\\u0078t":"a"}]}'))).toBe('ok');
    expect(scanner.hasAnswer).toBe(true);
  });

  it('refuses nesting without end and does not overflow the stack', () => {
    expect(scan(Buffer.from(`{"a":${'['.repeat(100_000)}`))).toBe('malformed');
  });

  it('takes older error events for errors', () => {
    expect(scan(Buffer.from('{"object":"error","message":"no","code":400}'))).toBe('ok');
    expect(scanner.hasError).toBe(true);
    scan(Buffer.from('{"object":"text_completion","error":null}'));
    expect(scanner.hasError).toBe(false);
  });
});

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
