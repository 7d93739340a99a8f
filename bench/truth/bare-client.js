// The least that a client in Node can do with a stream: one socket a request, one read callback, one clock reading a read. It does not
// look at what it receives but for the end of a response, and keeps nothing.
//   node bench/truth/bare-client.js --port N --connections N --requests N --tokens N --stagger-us N [--running-usage]
import { connect } from 'node:net';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    connections: { type: 'string' },
    requests: { type: 'string' },
    tokens: { type: 'string' },
    'stagger-us': { type: 'string', default: '0' },
    'running-usage': { type: 'boolean', default: false },
  },
});
const [port, connections, requests, tokens, staggerUs] = [
  values.port,
  values.connections,
  values.requests,
  values.tokens,
  values['stagger-us'],
].map(Number);

const usage = { include_usage: true, ...(values['running-usage'] ? { continuous_usage_stats: true } : {}) };
const body = JSON.stringify({
  model: 'truth',
  max_tokens: tokens,
  stream: true,
  stream_options: usage,
  ignore_eos: true,
  prompt: 'hi',
});
const head = ['POST /v1/completions HTTP/1.1', 'host: 127.0.0.1', 'content-type: application/json'];
const request = Buffer.from(`${[...head, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`);
const lastChunk = Buffer.from('0\r\n\r\n');

const buffer = Buffer.allocUnsafeSlow(65_536);
let sent = 0;
let answered = 0;

function open() {
  const stampsMs = new Float64Array(tokens + 16);
  let reads = 0;
  const socket = connect({
    host: '127.0.0.1',
    port,
    onread: {
      buffer,
      callback: (length) => {
        stampsMs[reads++ % stampsMs.length] = performance.now();
        if (lastChunk.equals(buffer.subarray(length - lastChunk.length, length))) {
          answered++;
          next(socket);
        }
        return true;
      },
    },
  });
  socket.setNoDelay(true);
  socket.once('connect', () => next(socket));
}

function next(socket) {
  if (sent < requests) {
    sent++;
    socket.write(request);
    return;
  }
  socket.end();
}

for (let place = 0; place < connections; place++) setTimeout(open, (place * staggerUs) / 1000);
process.on('exit', () => console.log(JSON.stringify({ requests: answered })));
