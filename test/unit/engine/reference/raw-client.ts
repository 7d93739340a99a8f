import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ReferenceServerOptions } from '../../../../src/engine/reference/server-options.ts';

/** Options that a test changes where it needs to. */
export const plainOptions: ReferenceServerOptions = {
  host: '127.0.0.1',
  port: 0,
  timing: { ttftMs: 5, itlMs: 1, jitterMs: 0, prefillTokensPerSecond: null, tokensPerChunk: 1, seed: 7 },
  model: 'scripted',
  strictModel: true,
  usage: 'running',
  maxLength: 4096,
  faults: [],
  tokenize: true,
  promptIds: true,
  addedTokens: 0,
  reasoningTokens: 0,
  eventsPerWrite: 1,
  apiKey: null,
};

/** What one socket saw of one response. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body without its chunk framing. */
  readonly body: Buffer;
  /** Whether the response was complete by its own framing. */
  readonly complete: boolean;
  /** How the socket was when the answer was over: still open, ended cleanly, or an error's code. */
  readonly socketEnd: string;
  /** CLOCK_MONOTONIC of each socket read and the body bytes that had come by then. */
  readonly reads: readonly { readonly atNs: bigint; readonly text: string }[];
}

/** One connection, on which requests can be sent one after another. */
export class RawClient {
  readonly #socket: Socket;
  #error: string | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.#error = 'code' in error ? String(error.code) : error.message;
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Resolves when the response is complete, the socket ends, or nothing came for `silenceMs`. */
  send(request: RawRequest, silenceMs = 2000): Promise<RawAnswer> {
    const body = request.body === undefined ? '' : JSON.stringify(request.body);
    const head = [`${request.method ?? 'POST'} ${request.path} HTTP/1.1`, 'host: test', ...(request.headers ?? [])];
    head.push(`content-length: ${Buffer.byteLength(body)}`);
    return new Promise((resolve) => {
      const socket = this.#socket;
      const parts: Buffer[] = [];
      const reads: { atNs: bigint; text: string }[] = [];
      const finish = (socketEnd: string): void => {
        clearTimeout(silence);
        socket.off('data', onData);
        socket.off('close', onClose);
        resolve({ ...readResponse(Buffer.concat(parts)), socketEnd, reads });
      };
      const onData = (part: Buffer): void => {
        reads.push({ atNs: process.hrtime.bigint(), text: part.toString('utf8') });
        parts.push(part);
        silence.refresh();
        if (readResponse(Buffer.concat(parts)).complete) finish('open');
      };
      const onClose = (): void => finish(this.#error ?? 'ended');
      const silence = setTimeout(() => finish('silent'), silenceMs);
      socket.on('data', onData);
      socket.on('close', onClose);
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    });
  }
}

export interface RawRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: readonly string[];
  readonly body?: unknown;
}

/** One request on a connection of its own. */
export async function ask(port: number, request: RawRequest, silenceMs?: number): Promise<RawAnswer> {
  const client = await RawClient.open(port);
  const answer = await client.send(request, silenceMs);
  client.close();
  return answer;
}

/** The data of each server-sent event, as text. */
export function eventsOf(answer: Pick<RawAnswer, 'body'>): string[] {
  const text = answer.body.toString('utf8');
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: '))
    .map((block) => block.slice('data: '.length));
}

/** What lies at a path of a parsed body, such as `['choices', 0, 'text']`; undefined where there is nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = Object.getOwnPropertyDescriptor(inner, step)?.value;
  }
  return inner;
}

export function jsonOf(answer: Pick<RawAnswer, 'body'>): unknown {
  return JSON.parse(answer.body.toString('utf8'));
}

function readResponse(bytes: Buffer): Omit<RawAnswer, 'socketEnd' | 'reads'> {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return { status: 0, headers: {}, body: Buffer.alloc(0), complete: false };
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = bytes.subarray(headEnd + 4);
  const framed = headers['transfer-encoding'] === 'chunked' ? unchunk(rest) : whole(rest, headers['content-length']);
  return { status: Number(statusLine.split(' ')[1]), headers, ...framed };
}

function whole(rest: Buffer, length: string | undefined): { body: Buffer; complete: boolean } {
  return { body: rest, complete: rest.length >= Number(length ?? 0) };
}

function unchunk(rest: Buffer): { body: Buffer; complete: boolean } {
  const parts: Buffer[] = [];
  let place = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', place);
    if (lineEnd < 0) return { body: Buffer.concat(parts), complete: false };
    const size = Number.parseInt(rest.subarray(place, lineEnd).toString('latin1'), 16);
    if (size === 0) return { body: Buffer.concat(parts), complete: true };
    if (rest.length < lineEnd + 2 + size + 2) return { body: Buffer.concat(parts), complete: false };
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    place = lineEnd + 2 + size + 2;
  }
}
