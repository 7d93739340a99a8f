import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventScanner } from '../../../../src/engine/http/event-scanner.ts';
import { streamEvents } from './arbitraries.ts';

interface SomeEvent {
  choices?: Record<string, unknown>[] | null;
  usage?: Record<string, unknown> | null;
  timings?: Record<string, unknown> | null;
  error?: unknown;
}

const scanner = new EventScanner();

// Between other bytes, as in a read: the scanner must not look beyond its bounds.
function scan(bytes: Uint8Array): string {
  const around = Buffer.concat([Buffer.from('{"a":'), bytes, Buffer.from('"x]}1')]);
  return scanner.scan(around, 5, 5 + bytes.length);
}

const filled = (value: unknown): boolean => typeof value === 'string' && value !== '';
const countOr = (value: unknown): number => (typeof value === 'number' ? value : -1);

function factsOf(event: SomeEvent): Record<string, unknown> {
  const choice = event.choices?.[0];
  const delta = (choice?.['delta'] ?? {}) as Record<string, unknown>;
  const calls = (delta['tool_calls'] ?? []) as { function?: Record<string, unknown> | null }[];
  const called = calls.some((call) => filled(call.function?.['name']) || filled(call.function?.['arguments']));
  const ids = choice?.['token_ids'];
  const details = (event.usage?.['prompt_tokens_details'] ?? {}) as Record<string, unknown>;
  return {
    hasChoice: choice !== undefined,
    hasAnswer: filled(choice?.['text']) || filled(delta['content']) || called,
    hasReasoning: filled(delta['reasoning']) || filled(delta['reasoning_content']),
    tokenIds: Array.isArray(ids) ? ids.length : -1,
    finishReason: filled(choice?.['finish_reason']) ? choice?.['finish_reason'] : null,
    hasUsage: event.usage !== undefined && event.usage !== null,
    promptTokens: countOr(event.usage?.['prompt_tokens']),
    completionTokens: countOr(event.usage?.['completion_tokens']),
    cachedTokens: countOr(details['cached_tokens']),
    hasTimings: event.timings !== undefined && event.timings !== null,
    promptMs: countOr(event.timings?.['prompt_ms']),
    promptN: countOr(event.timings?.['prompt_n']),
    predictedMs: countOr(event.timings?.['predicted_ms']),
    predictedN: countOr(event.timings?.['predicted_n']),
    cacheN: countOr(event.timings?.['cache_n']),
    hasError: event.error !== undefined && event.error !== null,
  };
}

describe('EventScanner', () => {
  it('reads the same facts as JSON.parse', () => {
    fc.assert(
      fc.property(streamEvents, fc.constantFrom(undefined, 1, '\t'), (event, indent) => {
        const text = JSON.stringify(event, null, indent);
        expect(scan(Buffer.from(text))).toBe('ok');
        expect({ ...scanner }).toEqual(factsOf(JSON.parse(text)));
      }),
      { seed: 12, numRuns: 3000 },
    );
  });

  it('accepts exactly what JSON.parse accepts, when bytes are changed, dropped or added', () => {
    const edit = fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom('change', 'drop', 'add', 'cut'),
      fc.nat(255),
    );
    let refused = 0;
    fc.assert(
      fc.property(streamEvents, edit, (event, [place, kind, byte]) => {
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
