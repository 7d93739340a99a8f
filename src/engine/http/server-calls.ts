import type { OpenAiPlan } from '../../contract/plan.ts';
import { requestBytes, requestHeaders } from './request-bytes.ts';
import type { ResponseHead } from './response-head.ts';
import { parseJson } from './server-words.ts';
import type { Transport } from './transport.ts';

const maximumAnswerBytes = 64 * 1024 * 1024;

/** An answer to a small question beside the measurement; `status` 0: none came. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  /** undefined where the text is no JSON. */
  readonly json: unknown;
}

/** Asks a server small questions: what it serves, how it cuts a text, what its counters say. */
export class ServerCalls {
  readonly #transport: Transport;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #connectTimeoutMs: number;

  constructor(input: { plan: OpenAiPlan; transport: Transport }) {
    this.#transport = input.transport;
    this.#headers = new Map([...requestHeaders(input.plan), ['accept', '*/*']]);
    this.#connectTimeoutMs = input.plan.connectTimeoutMs ?? 10_000;
  }

  get(url: URL, timeoutMs: number): Promise<CallAnswer> {
    return this.#call(requestBytes({ method: 'GET', url }, this.#headers, null), timeoutMs);
  }

  post(url: URL, body: unknown, timeoutMs: number): Promise<CallAnswer> {
    return this.#call(requestBytes({ method: 'POST', url }, this.#headers, JSON.stringify(body)), timeoutMs);
  }

  async #call(request: Buffer, timeoutMs: number): Promise<CallAnswer> {
    let head: ResponseHead | null = null;
    const parts: Buffer[] = [];
    let bytesLeft = maximumAnswerBytes;
    const limits = {
      connectTimeoutMs: Math.min(this.#connectTimeoutMs, timeoutMs),
      readTimeoutMs: null,
      totalTimeoutMs: timeoutMs,
    };
    const status = await new Promise<number>((resolve) => {
      this.#transport.start(
        request,
        {
          sent: () => undefined,
          read: () => undefined,
          head: (received) => (head = received),
          body: (bytes, start, end) => {
            bytesLeft -= end - start;
            if (bytesLeft > 0) parts.push(Buffer.from(bytes.subarray(start, end)));
          },
          ended: () => resolve(bytesLeft > 0 ? statusOf(head) : 0),
          failed: () => resolve(0),
        },
        limits,
      );
    });
    const text = Buffer.concat(parts).toString();
    return { status, headers: headersOf(head), text, json: status === 200 ? parseJson(text) : undefined };
  }
}

function statusOf(head: ResponseHead | null): number {
  return head?.status ?? 0;
}

function headersOf(head: ResponseHead | null): ReadonlyMap<string, string> {
  return head?.headers ?? new Map();
}
