import * as fc from 'fast-check';

// What the decoders are fed with, for the tests here and for longer fuzzing: valid and damaged bytes, cut anywhere.

/** Places to cut `length` bytes at, in order: as parts that together are everything. */
export function partsOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => Math.floor(cut * bytes.length)))].toSorted((a, b) => a - b);
  const edges = [0, ...places.filter((place) => place > 0 && place < bytes.length), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

/** Relative cut places, for `partsOf`. */
export const cutPlaces = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
const fieldLine = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('data:', 'data: '), fc.string({ maxLength: 20, unit: 'grapheme' }))
      .map((pair) => pair.join('')),
  },
  fc.constantFrom(
    'data',
    'data:',
    'data: ',
    'data:  two spaces',
    'dat',
    'datax: no',
    'event: error',
    'event: message',
    'event:error',
    'event',
  ),
  fc.constantFrom(': comment', ':', 'id: 7', 'retry: 100', 'other: field', 'no colon', ' data: indented'),
);

/** A stream of server-sent events that ends between two events. */
export const eventStreams = fc
  .array(fc.tuple(fc.oneof(fieldLine, { weight: 3, arbitrary: fc.constant('') }), lineEnd), { maxLength: 20 })
  .map((lines) => `${lines.map(([line, end]) => line.replaceAll(/[\r\n\ufeff]/g, '') + end).join('')}\n\n`);

const text = fc.oneof(
  fc.constantFrom('', 'a', ' 熵', '"\\\n', '\u2028', '😀', '\u0000'),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null | undefined> =>
  fc.oneof({ weight: 3, arbitrary }, fc.constantFrom(null, undefined));
const count = fc.oneof(fc.nat(), fc.constantFrom(0, 1, 16, 2048));
const milliseconds = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.constantFrom(18.712, 5707.232, 1e-7, 1.5e21),
);

export const streamEvents = fc.record(
  {
    id: text,
    choices: maybe(
      fc.array(
        fc.record(
          {
            index: fc.constant(0),
            text: maybe(text),
            logprobs: fc.jsonValue({ maxDepth: 2 }),
            delta: maybe(
              fc.record(
                {
                  role: fc.constant('assistant'),
                  content: maybe(text),
                  reasoning: maybe(text),
                  reasoning_content: maybe(text),
                  tool_calls: maybe(
                    fc.array(
                      fc.record({
                        function: maybe(fc.record({ name: maybe(text), arguments: maybe(text) }, { requiredKeys: [] })),
                      }),
                    ),
                  ),
                },
                { requiredKeys: [] },
              ),
            ),
            token_ids: maybe(fc.array(fc.nat(), { maxLength: 4 })),
            finish_reason: maybe(fc.constantFrom('length', 'stop', '')),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 2 },
      ),
    ),
    usage: maybe(
      fc.record(
        {
          prompt_tokens: maybe(count),
          completion_tokens: maybe(count),
          prompt_tokens_details: maybe(fc.record({ cached_tokens: maybe(count) }, { requiredKeys: [] })),
        },
        { requiredKeys: [] },
      ),
    ),
    timings: maybe(
      fc.record(
        { prompt_ms: milliseconds, predicted_ms: milliseconds, predicted_n: count, prompt_n: count, cache_n: count },
        { requiredKeys: [] },
      ),
    ),
    error: maybe(fc.record({ message: text })),
    extra: fc.jsonValue({ maxDepth: 3 }),
  },
  { requiredKeys: [] },
);

/** Events of SGLang's /generate. */
export const generateEvents = fc.record(
  {
    text: maybe(text),
    output_ids: maybe(
      fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat() }, fc.constantFrom(-1, 1.5, null, 'a')), { maxLength: 6 }),
    ),
    meta_info: maybe(
      fc.record(
        {
          id: text,
          finish_reason: maybe(
            fc.oneof(
              fc.constantFrom('length', 'abort', ''),
              fc.record(
                { type: maybe(fc.constantFrom('length', 'stop', 'abort')), length: count, message: text },
                { requiredKeys: [] },
              ),
            ),
          ),
          prompt_tokens: maybe(count),
          completion_tokens: maybe(count),
          cached_tokens: maybe(count),
          e2e_latency: milliseconds,
        },
        { requiredKeys: [] },
      ),
    ),
    error: maybe(fc.oneof(fc.record({ message: text }), text)),
    extra: fc.jsonValue({ maxDepth: 3 }),
  },
  { requiredKeys: [] },
);

const headerName = fc.constantFrom('x-one', 'X-Two', 'Server', 'date', 'x-empty');
const headerValue = fc.constantFrom('a', 'a, b', '', 'llama.cpp', 'some words here', 'text/plain; charset="utf-8"');
const bodyBytes = fc.uint8Array({ maxLength: 300 });
const extension = fc.constantFrom('', '', ';name', ';name=value', ';a="b c"', ';a;b=c');

/** A valid response, framed in one of the ways of HTTP/1.1, and the body that it carries. */
export const responses = fc
  .record({
    interim: fc.constantFrom(
      '',
      '',
      'HTTP/1.1 102 Processing\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n',
    ),
    version: fc.constantFrom('1.1', '1.1', '1.0'),
    status: fc.constantFrom(200, 200, 201, 400, 404, 503, 204),
    reason: fc.constantFrom('OK', '', 'Not Found At All'),
    headers: fc.array(fc.tuple(headerName, headerValue), { maxLength: 4 }),
    connection: fc.constantFrom('', 'connection: close\r\n', 'Connection: keep-alive\r\n'),
    framing: fc.constantFrom('length', 'chunked', 'close'),
    parts: fc.array(fc.tuple(bodyBytes, extension, fc.boolean()), { maxLength: 5 }),
    trailers: fc.constantFrom('', '', 'x-trailer: 1\r\n', 'a: b\r\nc: d\r\n'),
  })
  .filter(
    ({ version, framing, status }) =>
      (version === '1.1' || framing !== 'chunked') && (status !== 204 || framing !== 'chunked'),
  )
  .map((shape) => {
    const empty = shape.status === 204;
    const parts = empty ? [] : shape.parts.map(([bytes]) => Buffer.from(bytes));
    const body = Buffer.concat(parts);
    const lines = shape.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const framing =
      empty || shape.framing === 'close'
        ? ''
        : shape.framing === 'length'
          ? `Content-Length: ${body.length}\r\n`
          : 'Transfer-Encoding: chunked\r\n';
    const head = `${shape.interim}HTTP/${shape.version} ${shape.status} ${shape.reason}\r\n${lines}${shape.connection}${framing}\r\n`;
    const chunked = shape.parts.flatMap(([bytes, words, upper]) => {
      if (bytes.length === 0) return [];
      const size = bytes.length.toString(16);
      return [Buffer.from(`${upper ? size.toUpperCase() : size}${words}\r\n`), Buffer.from(bytes), Buffer.from('\r\n')];
    });
    const content =
      !empty && shape.framing === 'chunked' ? [...chunked, Buffer.from(`0\r\n${shape.trailers}\r\n`)] : [body];
    return { bytes: Buffer.concat([Buffer.from(head), ...content]), body };
  });
