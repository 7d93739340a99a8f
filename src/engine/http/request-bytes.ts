import { maskSecrets } from '../../base/mask-secrets.ts';
import { packageVersion } from '../../base/package-version.ts';
import { TokometerError } from '../../base/errors.ts';
import type { OpenAiPlan } from '../../contract/plan.ts';

/** Headers that frame a message: a value from outside would break it. */
const framingHeaders = new Set(['content-length', 'transfer-encoding', 'connection', 'expect', 'upgrade']);

/** The headers of every request to a server. The plan's own win, whatever their case. */
export function requestHeaders(plan: OpenAiPlan): ReadonlyMap<string, string> {
  const url = new URL(plan.url);
  const headers = new Map<string, string>([
    ['host', url.host],
    ['user-agent', `tokometer/${packageVersion()}`],
    ['accept', plan.stream ? 'text/event-stream, application/json' : 'application/json'],
    ['accept-encoding', 'identity'],
    ['content-type', 'application/json'],
  ]);
  if (plan.apiKey !== null) headers.set('authorization', `Bearer ${plan.apiKey}`);
  else if (url.username !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  }
  for (const [name, value] of Object.entries(plan.headers)) {
    if (!framingHeaders.has(name.toLowerCase())) headers.set(name.toLowerCase(), value);
  }
  for (const [name, value] of headers) refuseBroken(name, value);
  return headers;
}

function refuseBroken(name: string, value: string): void {
  if (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return;
  throw new TokometerError(
    'E_USAGE',
    `The header "${name}" cannot be sent: its name or value holds a character that HTTP does not allow`,
    {
      hint: 'correct --headers or --api-key',
    },
  );
}

/** A whole request, head and body in one buffer. */
export function requestBytes(
  line: { readonly method: 'GET' | 'POST'; readonly url: URL },
  headers: ReadonlyMap<string, string>,
  body: string | null,
): Buffer {
  const lines = [`${line.method} ${line.url.pathname}${line.url.search} HTTP/1.1`];
  for (const [name, value] of headers) {
    if (body !== null || name !== 'content-type') lines.push(`${name}: ${value}`);
  }
  lines.push('connection: keep-alive');
  if (body !== null) lines.push(`content-length: ${Buffer.byteLength(body)}`);
  const head = `${lines.join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')]);
}

/** A request taken apart again, for a client that writes its own head. */
export interface ParsedRequest {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn, without those that frame the message. */
  readonly headers: string[];
  readonly body: Buffer | null;
}

/** The parts of what `requestBytes` wrote; the body is not copied. */
export function parseRequest(request: Uint8Array): ParsedRequest {
  const bytes = Buffer.from(request.buffer, request.byteOffset, request.length);
  const headEnd = bytes.indexOf('\r\n\r\n');
  const [line = '', ...fields] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [method = '', path = ''] = line.split(' ');
  const headers = fields.flatMap((field) => {
    const colon = field.indexOf(': ');
    const name = field.slice(0, colon);
    return framingHeaders.has(name) ? [] : [name, field.slice(colon + 2)];
  });
  const body = bytes.subarray(headEnd + 4);
  return { method, path, headers, body: body.length === 0 ? null : body };
}

/** Headers for a person to read: secrets are masked. */
export function shownHeaders(headers: ReadonlyMap<string, string>): string {
  const shown = maskSecrets(Object.fromEntries(headers));
  return Object.entries(shown)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
}

/** A URL for a person to read: without user name and password. */
export function shownUrl(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
