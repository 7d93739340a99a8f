// The same bytes read by Tokometer's decoder and by llhttp, the parser of Node's own HTTP, into one form.
import { HTTPParser } from 'node:_http_common';

import { ResponseDecoder } from '../../dist/engine/http/response-decoder.js';

const maximumHeaderBytes = 64 * 1024;
const readBuffer = Buffer.alloc(64 * 1024);

/**
 * A connection's responses as far as they came: `done` with their last byte, `open` while bytes are missing. `problem`: why
 * the rest was refused; null: it was not.
 */
function emptyReading() {
  return { responses: [], problem: null };
}

/** Responses after each other, each by a decoder of its own, as a kept connection brings them. */
export function readOurs({ bytes, cuts }) {
  const reading = emptyReading();
  let decoder = null;
  let current = null;
  const begin = () => {
    current = null;
    decoder = new ResponseDecoder({
      head: ({ status, reason, headers }) => {
        current = { status, reason, headers: Object.fromEntries(headers), parts: [], state: 'open', keepAlive: false };
        reading.responses.push(current);
      },
      body: (data, start, end) => current.parts.push(Buffer.from(data.subarray(start, end))),
    });
  };
  begin();
  let from = 0;
  for (const cut of cuts) {
    // Every read comes in the same buffer: what is not copied in time is lost.
    readBuffer.fill(0x58, 0, cut - from + 6);
    bytes.copy(readBuffer, 3, from, cut);
    let at = 3;
    const end = 3 + cut - from;
    from = cut;
    while (at < end) {
      at = decoder.feed(readBuffer, at, end);
      if (decoder.state === 'malformed') return { ...reading, problem: decoder.problem };
      if (decoder.state !== 'done') continue;
      current.state = 'done';
      current.keepAlive = decoder.keepAlive;
      if (!decoder.keepAlive) return reading;
      begin();
    }
  }
  if (decoder.close() && current !== null) current.state = 'done';
  return reading;
}

const parser = new HTTPParser();
let current = null;
let llhttp = emptyReading();
// Many headers, trailers, and all headers after trailers come by a call of their own.
let early = [];
parser[HTTPParser.kOnHeaders] = (headers) => early.push(...headers);
parser[HTTPParser.kOnHeadersComplete] = (...facts) => {
  const [, , atOnce, , , status, reason, , keepAlive] = facts;
  const headers = [...early, ...(atOnce ?? [])];
  early = [];
  current = null;
  if (status >= 100 && status < 200) return 0;
  const joined = {};
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index].toLowerCase();
    joined[name] = name in joined ? `${joined[name]}, ${headers[index + 1]}` : headers[index + 1];
  }
  current = { status, reason, headers: joined, parts: [], state: 'open', keepAlive };
  llhttp.responses.push(current);
  return 0;
};
parser[HTTPParser.kOnBody] = (data) => {
  current?.parts.push(Buffer.from(data));
};
parser[HTTPParser.kOnMessageComplete] = () => {
  early = [];
  if (current !== null) current.state = 'done';
};

// Strict as Node has it, but that a bare line feed ends a line, as RFC 9112, 2.2 lets it.
const leniency = HTTPParser.kLenientOptionalCRBeforeLF ?? HTTPParser.kLenientNone;

/** The same by llhttp. */
export function readLlhttp({ bytes, cuts }) {
  llhttp = emptyReading();
  current = null;
  early = [];
  parser.initialize(HTTPParser.RESPONSE, {}, maximumHeaderBytes, leniency);
  let from = 0;
  for (const cut of cuts) {
    const result = parser.execute(Buffer.from(bytes.subarray(from, cut)));
    from = cut;
    if (result instanceof Error) return { ...llhttp, problem: result.code };
    // Upgraded: the rest is no HTTP.
    if (result < 0) return { ...llhttp, problem: 'upgrade' };
    const last = llhttp.responses.at(-1);
    if (last !== undefined && last.state === 'done' && !last.keepAlive) return llhttp;
  }
  const result = parser.finish();
  if (result instanceof Error) return { ...llhttp, problem: result.code };
  return llhttp;
}
