// The same streams over HTTP, in chunks that are most often one event each, and read in pieces that are most often whole chunks: as
// they come, where reads that are alike go past the decoders, and byte by byte, where none does. Through the real exchange; only the
// connection under it is driven by hand, as its socket would.
import { poolTransport } from '../../dist/engine/http/exchange.js';
import { stampReads } from '../../dist/engine/http/read-stamp.js';
import { StampingHandler } from '../../dist/engine/http/stamping-handler.js';
import { WakeKeeper } from '../../dist/engine/http/wake-keeper.js';
import { factsOf, settle, shapes } from './alike-events.js';
import { damaged, dice } from './chance.js';

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';

// What stands where an event of the stream would, each now and then: its data without the blank line, the same with CRLFs, two in
// one, a comment, another field, the end of the stream before its end.
const disturbances = [
  (data) => `data: ${data}\n`,
  (data) => `data: ${data}\r\n\r\n`,
  (data) => `data: ${data}\r\n`,
  (data) => `data: ${data}\n\ndata: ${data}\n\n`,
  () => ': ping\n\n',
  () => 'event: error\n',
  () => 'data: [DONE]\n\n',
];

/** The bytes of a response and where they are cut. */
export function alikeReadCase(seed, number) {
  const random = dice(seed ^ 0x2c1b3a79, number);
  let shape = random.one(shapes);
  const chunks = [];
  for (let count = 1 + random.below(12); count > 0; count--) {
    if (random.often(3)) shape = random.one(shapes);
    const data = shape(random, 13 - count);
    const event = Buffer.from(random.often(90) ? `data: ${data}\n\n` : random.one(disturbances)(data));
    chunks.push(...(random.often(95) ? [event] : halves(event, random)));
  }
  const parts = chunks.map((chunk) => {
    const size = (random.often(90) ? '' : '0') + chunk.length.toString(16) + (random.often(97) ? '' : ';a=b');
    return Buffer.concat([Buffer.from(`${size}\r\n`), chunk, Buffer.from('\r\n')]);
  });
  const whole = Buffer.concat([Buffer.from(head), ...parts, Buffer.from(random.often(90) ? '0\r\n\r\n' : '')]);
  const bytes = random.often(20) ? damaged(whole, random) : whole;
  const cuts = new Set([bytes.length]);
  let at = head.length;
  for (const { length } of [Buffer.alloc(0), ...parts]) {
    at += length;
    const near = random.often(90) ? at : at - random.below(length + 1);
    if (near < bytes.length && random.often(85)) cuts.add(near);
  }
  return { bytes, cuts: [...cuts].toSorted((one, other) => one - other) };
}

function halves(bytes, random) {
  const at = 1 + random.below(bytes.length - 1);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

const readBuffer = Buffer.alloc(64 * 1024);
const noLimits = { connectTimeoutMs: null, readTimeoutMs: null, totalTimeoutMs: null };
/** Reads that went past the decoders, whole or in part: a fuzz in which there are few proves little. */
export const past = { reads: 0 };

function read(bytes, cuts) {
  let expected = null;
  let listener = null;
  let open = true;
  const connection = { expect: (alike) => (expected = alike), write() {} };
  const pool = {
    reuse: () => null,
    create: (hearer) => ((listener = hearer), connection),
    keep: () => (open = false),
    drop: () => (open = false),
  };
  const seen = [];
  const handler = new StampingHandler({ chunk: (atNs, tokens, kind) => seen.push([atNs, tokens, kind]) });
  const ends = [];
  let now = 0;
  poolTransport(pool, { nowNs: () => now }, new WakeKeeper(false)).start(
    Buffer.alloc(0),
    {
      sent() {},
      read: stampReads,
      head() {},
      body: (part, start, end) => handler.feed(part, start, end),
      alike: () => handler.alike,
      ended: () => ends.push('ended'),
      failed: ({ kind }) => ends.push(kind),
    },
    noLimits,
  );
  listener.opened(0);
  let from = 0;
  for (const cut of cuts) {
    if (!open) break;
    const length = cut - from;
    readBuffer.fill(0x58, 0, length + 14);
    bytes.copy(readBuffer, 0, from, cut);
    from = cut;
    // The stamp is the place of the read's last byte, so that both ways of reading can be compared by event.
    now = cut;
    stampReads(now);
    const taken = expected === null ? 0 : expected.takeAlike(readBuffer, length);
    if (taken > 0) past.reads++;
    if (taken < length) listener.read(readBuffer, taken, length, now);
  }
  if (open) listener.closed(null, now);
  handler.flush();
  return { seen, ends, ...factsOf(handler) };
}

export function readPastDecoders({ bytes, cuts }) {
  settle();
  return read(bytes, cuts);
}

export function readThroughDecoders({ bytes }) {
  return read(
    bytes,
    Array.from({ length: bytes.length }, (_, index) => index + 1),
  );
}

/** null: the same chunks, each stamped with the read that held its last byte, and the same end. */
export function alikeReadDifference(ours, theirs, { cuts }) {
  const readOf = (place) => cuts.find((cut) => cut >= place);
  const seen = theirs.seen.map(([place, tokens, kind]) => [readOf(place), tokens, kind]);
  return JSON.stringify(ours) === JSON.stringify({ ...theirs, seen })
    ? null
    : { wrong: 'reads past the decoders differ' };
}
