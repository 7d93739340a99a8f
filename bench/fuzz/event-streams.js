// Random streams of server-sent events, and the same stream read by Tokometer's decoder and by eventsource-parser.
import { createParser } from 'eventsource-parser';

import { SseDecoder } from '../../dist/engine/http/sse-decoder.js';
import { cutsOf, damaged, dice } from './chance.js';

const fields = [
  'data:',
  'data: ',
  'data:  two spaces',
  'data',
  'dat',
  'datax: no',
  'event: error',
  'event: message',
  'event:error',
  'event',
];
const others = [
  ': comment',
  ':',
  'id: 7',
  'retry: 100',
  'other: field',
  'no colon',
  ' data: indented',
  'error: {"code":500}',
  'error',
  'errors: 1',
];
const words = ['{"choices":[{"text":"a"}]}', '[DONE]', '熵', '😀', 'é', '\u2028', '\ufeff', '\0', ' ', ':', 'a b'];
const ends = ['\n', '\n', '\n', '\r\n', '\r'];

function line(random) {
  if (random.often(45)) return '';
  if (random.often(50)) return `data: ${Array.from({ length: random.below(4) }, () => random.one(words)).join('')}`;
  return random.one(random.often(60) ? fields : others) + (random.often(20) ? random.one(words) : '');
}

/** The bytes of a stream and where they are cut. */
export function eventCase(seed, number) {
  const random = dice(seed ^ 0x2545f491, number);
  const end = random.often(60) ? random.one(ends) : null;
  let text = random.often(10) ? '\ufeff' : '';
  for (let count = random.below(24); count > 0; count--) text += line(random) + (end ?? random.one(ends));
  const whole = Buffer.from(text);
  const isDamaged = random.often(50);
  const bytes = isDamaged ? damaged(whole, random) : whole;
  return { bytes, cuts: cutsOf(bytes.length, random), isDamaged };
}

const readBuffer = Buffer.alloc(64 * 1024);
// What a stream's own end would leave open is closed, so that nothing stays unseen.
const close = '\n\n\n';

/** Events as latin-1 texts: each byte is one character, so that equal texts are equal bytes. */
export function readOurEvents({ bytes, cuts }) {
  const seen = [];
  const decoder = new SseDecoder({
    event: (data, start, end, isError) =>
      seen.push({ data: Buffer.from(data.subarray(start, end)).toString('latin1'), isError }),
  });
  let from = 0;
  for (const cut of cuts) {
    // Every read comes in the same buffer: what is not copied in time is lost.
    readBuffer.fill(0x58, 0, cut - from + 14);
    bytes.copy(readBuffer, 7, from, cut);
    decoder.feed(readBuffer, 7, 7 + cut - from);
    from = cut;
  }
  decoder.feed(Buffer.from(close), 0, close.length);
  return seen;
}

/**
 * The same by eventsource-parser, uncut. One difference is intended: a field named `error`, which older llama-server
 * sends, is data of an error event; to the standard it is no field at all. It is rewritten here to what it means.
 */
export function readTheirEvents({ bytes }) {
  const seen = [];
  const parser = createParser({ onEvent: ({ data, event }) => seen.push({ data, isError: event === 'error' }) });
  const text = bytes.toString('latin1') + close;
  parser.feed(text.replaceAll(/(^\xef\xbb\xbf|^|[\r\n])error(?=[:\r\n])(?::( ?))?/g, '$1event: error\ndata:$2'));
  return seen;
}

/** Whether a stream holds the field whose meaning is Tokometer's own. */
export function hasErrorField({ bytes }) {
  return /(?:^\xef\xbb\xbf|^|[\r\n])error(?=[:\r\n]|$)/.test(bytes.toString('latin1'));
}

/** null: the same events; else what is wrong. */
export function eventDifference(ours, theirs) {
  if (ours.length !== theirs.length) return { wrong: `${ours.length} events, eventsource-parser has ${theirs.length}` };
  const index = ours.findIndex(({ data, isError }, at) => data !== theirs[at].data || isError !== theirs[at].isError);
  return index === -1 ? null : { wrong: `event ${index} is not the same` };
}
