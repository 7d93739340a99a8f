// What decoding a token costs: an answer of 512 events as vLLM sends them, through the HTTP and the event decoder into a sink
// that counts (after npm run build):
//
//   node bench/decode.js [rounds=60]
//
// The smallest of many rounds: what the machine does beside it only ever adds.
import { ResponseDecoder } from '../dist/engine/http/response-decoder.js';
import { StampingHandler } from '../dist/engine/http/stamping-handler.js';

const rounds = Number(process.argv[2] ?? 60);
const tokens = 512;
const repeats = 20;

function event(count) {
  const choice = { index: 0, text: ' tok', logprobs: null, finish_reason: null, stop_reason: null, token_ids: null };
  const usage = { prompt_tokens: 4, total_tokens: 4 + count, completion_tokens: count };
  const head = { id: 'cmpl-42', object: 'text_completion', created: 1_763_700_000, model: 'bench' };
  return `data: ${JSON.stringify({ ...head, choices: [choice], usage })}\n\n`;
}

function chunkOf(text) {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

const events = Array.from({ length: tokens }, (_, place) => event(place + 1));
const stream = Buffer.from(events.join(''));
const response = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n' +
    `${events.map(chunkOf).join('')}0\r\n\r\n`,
);
let seen = 0;
const sink = { chunk: () => seen++ };

function nsPerToken(work) {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.hrtime.bigint();
    for (let repeat = 0; repeat < repeats; repeat++) work();
    best = Math.min(best, Number(process.hrtime.bigint() - before) / repeats / tokens);
  }
  return Math.round(best);
}

const whole = nsPerToken(() => {
  const handler = new StampingHandler(sink);
  const decoder = new ResponseDecoder({ head() {}, body: (bytes, start, end) => handler.feed(bytes, start, end) });
  decoder.feed(response, 0, response.length);
});
const whenAlike = nsPerToken(() => new StampingHandler(sink).feed(stream, 0, stream.length));
const framing = nsPerToken(() => new ResponseDecoder({ head() {}, body() {} }).feed(response, 0, response.length));
// Cut within each event, none lies whole in a read: every one is walked.
const walked = nsPerToken(() => {
  const handler = new StampingHandler(sink);
  let start = 0;
  for (const { length } of events) {
    handler.feed(stream, start, start + 20);
    handler.feed(stream, start + 20, start + length);
    start += length;
  }
});
// As a connection does with whole chunks that go on as before.
const rest = Buffer.from(events.slice(1).map(chunkOf).join(''));
const past = nsPerToken(() => {
  const handler = new StampingHandler(sink);
  handler.feed(stream, 0, events[0].length);
  if (handler.alike.takeAlike(rest, rest.length) !== rest.length) throw new Error('not all was alike');
});
if (seen !== rounds * repeats * tokens * 4) throw new Error(`${seen} tokens seen`);
console.log(
  `${Math.round(stream.length / tokens)} bytes an event, ns a token, smallest of ${rounds} rounds of ${repeats}:`,
);
console.log(
  `HTTP framing ${framing}, events that are alike ${whenAlike}, events that are walked ${walked}, all ${whole}, past the decoders ${past}`,
);
