// Random HTTP/1.1 responses: framed in every way, after each other on one connection, some of them damaged.
import { cutsOf, damaged, dice } from './chance.js';

const names = ['x-one', 'X-Two', 'Server', 'date', 'x-empty', 'Set-Cookie', 'Keep-Alive', 'x', 'Content-Type'];
const values = [
  'a',
  'a, b',
  '',
  'llama.cpp',
  'some words here',
  'text/plain; charset="utf-8"',
  'timeout=5',
  '\xe9\xff',
  ':;,=',
];
const interim = [
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nx: 1\r\n\r\n',
];
const asked = interim[0];
const extensions = [';name', ';name=value', ';a="b c"', ';a;b=c', ';a="x;y"'];
const trailers = ['x-trailer: 1\r\n', 'a: b\r\nc: d\r\n', 'Server-Timing: total;dur=1\r\n'];

function body(random) {
  const length = random.often(80) ? random.below(40) : random.below(600);
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++)
    bytes[index] = random.often(20) ? random.one([13, 10, 48, 58]) : random.below(256);
  return bytes;
}

function sizeText(length, random) {
  const digits = length.toString(16);
  return `${random.often(10) ? '0'.repeat(1 + random.below(3)) : ''}${random.often(50) ? digits.toUpperCase() : digits}`;
}

function chunks(random) {
  const parts = [];
  for (let count = random.below(5); count > 0; count--) {
    const data = body(random);
    if (data.length === 0) continue;
    const extension = random.often(20) ? random.one(extensions) : '';
    parts.push(Buffer.from(`${sizeText(data.length, random)}${extension}\r\n`), data, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`0\r\n${random.often(25) ? random.one(trailers) : ''}\r\n`));
  return parts;
}

/** One response; `last`: nothing follows it, so that it may end with the connection. */
function response(random, last) {
  const status = random.one([200, 200, 200, 201, 400, 404, 503, 204, 304]);
  const bodiless = status === 204 || status === 304;
  const version = last && random.often(10) ? '1.0' : '1.1';
  const framing = bodiless
    ? 'none'
    : random.one(version === '1.0' ? ['length', 'close'] : ['length', 'chunked', 'chunked', 'close']);
  const content = framing === 'chunked' ? chunks(random) : framing === 'none' ? [] : [body(random)];
  const lines = [];
  for (let count = random.below(4); count > 0; count--) {
    const space = random.often(80) ? ' ' : random.one(['', '  ', '\t']);
    lines.push(`${random.one(names)}:${space}${random.one(values)}${random.often(10) ? ' \t' : ''}\r\n`);
  }
  if (framing === 'length') lines.push(`${random.one(['Content-Length', 'content-length'])}: ${content[0].length}\r\n`);
  if (framing === 'chunked') lines.push(`${random.one(['Transfer-Encoding', 'transfer-encoding'])}: chunked\r\n`);
  if (random.often(20))
    lines.push(`Connection: ${last ? random.one(['close', 'keep-alive', 'Keep-Alive']) : 'keep-alive'}\r\n`);
  const order = lines.map((line) => [random.below(1000), line]).toSorted((one, other) => one[0] - other[0]);
  const reason = random.one([' OK', ' ', ' Not Found At All', ' \xe9']);
  const head = `HTTP/${version} ${status}${reason}\r\n${order.map(([, line]) => line).join('')}\r\n`;
  const before = random.often(10) ? random.one(interim).repeat(1 + random.below(2)) : '';
  return { bytes: Buffer.concat([Buffer.from(before + head, 'latin1'), ...content]), ends: framing === 'close' };
}

/** The bytes of a connection's responses, in order, and where they are cut. */
export function responseCase(seed, number) {
  const random = dice(seed, number);
  const wanted = 1 + (random.often(50) ? 0 : random.below(3));
  const parts = [];
  while (parts.length < wanted) {
    const { bytes, ends } = response(random, parts.length === wanted - 1);
    parts.push(bytes);
    if (ends) break;
  }
  const whole = Buffer.concat(parts);
  const isDamaged = random.often(50);
  const bytes = isDamaged ? damaged(whole, random) : whole;
  return { bytes, cuts: cutsOf(bytes.length, random), isDamaged };
}

/** A single valid response, without the 100 Continue that undici refuses where nobody asked for it. */
export function singleResponse(seed, number) {
  const random = dice(seed ^ 0x5bd1e995, number);
  const { bytes: whole } = response(random, true);
  const bytes = whole.subarray(whole.lastIndexOf(asked) === -1 ? 0 : whole.lastIndexOf(asked) + asked.length);
  return { bytes, cuts: cutsOf(bytes.length, random) };
}
