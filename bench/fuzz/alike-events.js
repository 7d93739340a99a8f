// Random streams of events that are like one another, and the same stream read whole and byte by byte: read byte by byte, no
// event lies whole in a read, and each is walked.
import { StampingHandler } from '../../dist/engine/http/stamping-handler.js';
import { cutsOf, damaged, dice } from './chance.js';

const texts = [' the', '', 'a', '熵', '😀', '\\n', '\\u0041', 'two words', '"}', '\\"', '\u2028'];
const numbers = ['0', '1', '7', '12', '99', '2048', '-1', '1.5', '1e3', '18.712', 'null', '01', ''];
/** Events of a stream, by their place in it. */
export const shapes = [
  (random, count) =>
    `{"id":"cmpl-1","created":17637,"choices":[{"index":0,"text":"${random.one(texts)}","finish_reason":null}],` +
    `"usage":{"prompt_tokens":4,"total_tokens":${4 + count},"completion_tokens":${count}}}`,
  (random) =>
    `{"id":"c","choices":[{"delta":{"content":"${random.one(texts)}"},"token_ids":[${random.one(['1', '1,2', '', '9 ,9'])}]}]}`,
  (random, count) =>
    `{"choices":[{"delta":{"reasoning":"${random.one(texts)}"}}],"timings":{"prompt_ms":${random.one(numbers)},"predicted_n":${count}}}`,
  (random, count) =>
    `{"text":"${random.one(texts)}","output_ids":[${random.below(9)}],"meta_info":{"completion_tokens":${count},"prompt_tokens":3}}`,
  (random) =>
    `{"choices":[{"text":"${random.one(texts)}"}],"usage":{"completion_tokens":${random.one(numbers)},"completion_tokens":2}}`,
  (random) => `{"choices":[{"text":["${random.one(texts)}"],"x":${random.one(numbers)}}]}`,
];
const ends = ['\n\n', '\n\n', '\n\n', '\r\n\r\n', '\r\r', '\n', '\n\r\n'];

/** The bytes of a stream and where they are cut. */
export function alikeCase(seed, number) {
  const random = dice(seed ^ 0x51ab0c3d, number);
  let shape = random.one(shapes);
  const end = random.one(ends);
  let text = random.often(30) ? 'event: message\n' : '';
  const events = 1 + random.below(12);
  for (let count = 1; count <= events; count++) {
    if (random.often(10)) shape = random.one(shapes);
    text += `data: ${shape(random, count)}${random.often(90) ? end : random.one(ends)}`;
  }
  if (random.often(50)) text += 'data: [DONE]\n\n';
  const whole = Buffer.from(text);
  const isDamaged = random.often(40);
  const bytes = isDamaged ? damaged(whole, random) : whole;
  return { bytes, cuts: cutsOf(bytes.length, random), isDamaged };
}

/** All that an answer takes from a stream but its chunks. */
export function factsOf({ counter: { counting, usage, timings, finishReason }, done, failure }) {
  return { counting, usage, timings, done, finishReason, failure };
}

const readBuffer = Buffer.alloc(64 * 1024);

const settling = Buffer.from('data: {"choices":[{"text":"a"}]}\n\n'.repeat(40));

/** What is read byte by byte leaves the scanner without hope of likeness; after this it looks for it again. */
export function settle() {
  new StampingHandler({ chunk() {} }).feed(settling, 0, settling.length);
}

function read(bytes, cuts) {
  const seen = [];
  const handler = new StampingHandler({ chunk: (_atNs, tokens, kind) => seen.push([tokens, kind]) });
  let from = 0;
  for (const cut of cuts) {
    // Every read comes in the same buffer: what is not copied in time is lost.
    readBuffer.fill(0x58, 0, cut - from + 14);
    bytes.copy(readBuffer, 7, from, cut);
    handler.feed(readBuffer, 7, 7 + cut - from);
    from = cut;
  }
  handler.flush();
  return { seen, ...factsOf(handler) };
}

export function readAsCut({ bytes, cuts }) {
  settle();
  return read(bytes, cuts);
}

export function readByteByByte({ bytes }) {
  return read(
    bytes,
    Array.from({ length: bytes.length }, (_, index) => index + 1),
  );
}

/** null: the same chunks and facts; else what is wrong. */
export function alikeDifference(ours, theirs) {
  return JSON.stringify(ours) === JSON.stringify(theirs) ? null : { wrong: 'a glance and a walk differ' };
}
