import { option } from './option.ts';
import { integer, pairs, seconds, text, toggle } from './value-types.ts';

/** How a served API is reached. */
export const servedApiOptions = {
  url: option({
    flag: 'url',
    type: text('url'),
    default: 'http://127.0.0.1:8000/v1/completions',
    describe:
      "The server's completions endpoint, or SGLang's /generate. A chat endpoint is replaced by /v1/completions of the same server.",
    group: 'Served API',
    example: '--url http://127.0.0.1:8000/v1/completions',
  }),
  apiKey: option({
    flag: 'api-key',
    env: 'TOKOMETER_API_KEY',
    type: text('key'),
    default: null,
    describe: 'Sent as a bearer token. Never written to disk.',
    group: 'Served API',
  }),
  headers: option({
    flag: 'headers',
    type: pairs(),
    default: {},
    describe: 'More request headers.',
    group: 'Served API',
    example: '--headers x-team=speed x-run=7',
  }),
  connectTimeoutMs: option({
    flag: 'connect-timeout',
    type: seconds(),
    default: 60_000,
    describe: 'Longest time to open a connection.',
    group: 'Served API',
  }),
  readTimeoutMs: option({
    flag: 'read-timeout',
    type: seconds(),
    default: 6_000_000,
    describe: 'Longest silence between two reads; the first read waits for the whole prefill.',
    group: 'Served API',
  }),
  totalTimeoutMs: option({
    flag: 'total-timeout',
    type: seconds(),
    default: 21_600_000,
    describe: 'Longest life of one request.',
    group: 'Served API',
  }),
  testConnection: option({
    flag: 'test-connection',
    type: toggle(),
    default: true,
    describe: 'Send a two-token request first; it shows which fields the server takes.',
    group: 'Served API',
  }),
  stream: option({
    flag: 'stream',
    type: toggle(),
    default: true,
    describe: 'Ask for a stream; without it there is no time to first token and no decode speed.',
    group: 'Served API',
  }),
  proxy: option({
    flag: 'proxy',
    type: text('url'),
    default: null,
    describe:
      'HTTP proxy that requests tunnel through. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are heeded for public addresses only.',
    group: 'Served API',
    example: '--proxy http://user:password@proxy.example:3128',
  }),
  http2: option({
    flag: 'http2',
    type: toggle(),
    default: false,
    describe: 'Speak HTTP/2, over TLS only; its stamps come later than with HTTP/1.1.',
    group: 'Served API',
  }),
  busyPoll: option({
    flag: 'busy-poll',
    type: toggle(),
    default: false,
    describe:
      'Poll the sockets without sleeping while requests are in flight: stamps come some 0.1 ms sooner, at the price of one core. ' +
      'Not for a server that computes on the CPU of this machine.',
    group: 'Served API',
  }),
  serverPid: option({
    flag: 'server-pid',
    type: integer({ min: 1 }),
    default: null,
    describe: 'Process id of the server, when it runs on this machine: its memory is read between requests.',
    group: 'Served API',
    example: '--server-pid 4711',
  }),
};
