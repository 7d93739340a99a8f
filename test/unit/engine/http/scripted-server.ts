import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From 0, over all connections. */
  readonly connection: number;
  /** From 0, over this path. */
  readonly nth: number;
}

export type Script = (request: SeenRequest, socket: Socket) => void;

/** A real TCP server that answers by a script; paths without one are 404. */
export class ScriptedServer {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scripts: Readonly<Record<string, Script>>;
  readonly #secure: boolean;
  #connections = 0;

  constructor(scripts: Readonly<Record<string, Script>>, keys?: { key: string; cert: string }) {
    this.#scripts = scripts;
    this.#secure = keys !== undefined;
    const take = (socket: Socket): void => this.#take(socket);
    this.#server = keys === undefined ? createServer(take) : createSecureServer(keys, take);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return portOf(this.#server);
  }

  get url(): string {
    return `${this.#secure ? 'https://localhost' : 'http://127.0.0.1'}:${this.port}/v1/completions`;
  }

  get connections(): number {
    return this.#connections;
  }

  /** The bodies that came to the completions endpoint. */
  bodies(): Record<string, unknown>[] {
    return this.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(socket: Socket): void {
    const connection = this.#connections++;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (let used = this.#answer(received, socket, connection); used > 0;) {
        received = received.subarray(used);
        used = received.length === 0 ? 0 : this.#answer(received, socket, connection);
      }
    });
  }

  #answer(received: Buffer, socket: Socket, connection: number): number {
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd === -1) return 0;
    const [line = '', ...fields] = received.toString('latin1', 0, headEnd).split('\r\n');
    const headers = Object.fromEntries(
      fields.map((field) => [field.split(': ')[0], field.split(': ').slice(1).join(': ')]),
    );
    const length = Number(headers['content-length'] ?? 0);
    if (received.length < headEnd + 4 + length) return 0;
    const [method = '', path = ''] = line.split(' ');
    const body = received.toString('utf8', headEnd + 4, headEnd + 4 + length);
    const nth = this.requests.filter((request) => request.path === path).length;
    const request = { method, path, headers, body, connection, nth };
    this.requests.push(request);
    const script = this.#scripts[path];
    if (script === undefined) socket.write(answer(404, '{"error":{"message":"Not Found"}}'));
    else script(request, socket);
    return headEnd + 4 + length;
  }
}

/** A whole answer with a length. */
export function answer(status: number, body: string, type = 'application/json', more = ''): string {
  return `HTTP/1.1 ${status} Status\r\ncontent-type: ${type}\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
export const streamEnd = '0\r\n\r\n';

/** Bytes as one HTTP chunk. */
export function chunk(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** An event as one HTTP chunk. */
export function event(data: unknown): Buffer {
  return chunk(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
}

/** A completions event. */
export function token(text: string, more: object = {}, choice: object = {}): object {
  return {
    id: 'cmpl-1',
    object: 'text_completion',
    choices: [{ index: 0, text, finish_reason: null, ...choice }],
    ...more,
  };
}

export function usage(prompt: number, output: number): object {
  return { usage: { prompt_tokens: prompt, completion_tokens: output, total_tokens: prompt + output } };
}

/** A well-behaved stream of this many tokens with running counts, the length of the request when not given. */
export function streamAnswer(
  request: SeenRequest,
  socket: Socket,
  count = Number(JSON.parse(request.body).max_tokens),
): void {
  socket.write(streamHead);
  for (let index = 1; index <= count; index++) {
    socket.write(event(token(`t${index} `, usage(4, index), index === count ? { finish_reason: 'length' } : {})));
  }
  socket.write(Buffer.concat([event({ choices: [], ...usage(4, count) }), event('[DONE]'), Buffer.from(streamEnd)]));
}

/** The port of a server that listens on TCP. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('this server does not listen on TCP');
  return address.port;
}

/** A whole stream of these events at once, with its end. */
export function streamOf(...events: object[]): Script {
  return (_request, socket) => {
    socket.write(
      Buffer.concat([Buffer.from(streamHead), ...events.map(event), event('[DONE]'), Buffer.from(streamEnd)]),
    );
  };
}
