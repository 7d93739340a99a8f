/** Status and headers of a response; header names in lower case, repeated ones joined by a comma. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: ReadonlyMap<string, string>;
}

/** A head, and what it says of the body. */
export interface FramedHead {
  readonly head: ResponseHead;
  readonly framing: 'done' | 'chunk-size' | 'length' | 'until-close';
  /** Of the body, where `framing` is `length`; else 0. */
  readonly bodyBytes: number;
  /** The connection may carry another request, once the response is complete. */
  readonly keepAlive: boolean;
}

// oxlint-disable-next-line no-control-regex -- control codes are what a value must not hold
const headerLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\u0000-\u0008\u000a-\u001f\u007f]*?)[ \t]*$/;

/** Reads the text of a head (RFC 9112); a string says what is wrong with it. */
export function parseHead(text: string): FramedHead | string {
  const [first = '', ...rest] = text.split(/\r?\n/);
  const status = /^HTTP\/1\.([01]) ([1-9]\d{2})(?: (.*))?$/.exec(first);
  if (status === null) return `no HTTP/1 answer; it begins with ${JSON.stringify(first.slice(0, 40))}`;
  const headers = new Map<string, string>();
  // A line that begins with white space goes on with the one before (RFC 9112, 5.2), which the status line is not.
  const lines = rest
    .join('\n')
    .replaceAll(/(?!^)\n[ \t]+/g, ' ')
    .split('\n');
  for (const line of lines.filter((filled) => filled !== '')) {
    const field = headerLine.exec(line);
    const name = field?.[1]?.toLowerCase();
    if (name === undefined) return `a broken header: ${JSON.stringify(line.slice(0, 40))}`;
    const value = field?.[2] ?? '';
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const code = Number(status[2]);
  if (code === 101) return 'a change of protocol that was not asked for';
  const head = { status: code, reason: status[3] ?? '', headers };
  const body = bodyOf(code, headers);
  if (typeof body === 'string') return body;
  const isAmbiguous = headers.has('transfer-encoding') && headers.has('content-length');
  const keepAlive = body.framing !== 'until-close' && !isAmbiguous && keepsAlive(status[1] === '1', headers);
  return { head, ...body, keepAlive };
}

// RFC 9112, 6.3.
function bodyOf(
  status: number,
  headers: ReadonlyMap<string, string>,
): Pick<FramedHead, 'framing' | 'bodyBytes'> | string {
  if (status < 200 || status === 204 || status === 304) return { framing: 'done', bodyBytes: 0 };
  const encoding = headers.get('transfer-encoding') ?? '';
  if (encoding !== '') {
    const isChunked = listOf(encoding).at(-1)?.toLowerCase() === 'chunked';
    return { framing: isChunked ? 'chunk-size' : 'until-close', bodyBytes: 0 };
  }
  const lengths = headers.get('content-length');
  if (lengths === undefined) return { framing: 'until-close', bodyBytes: 0 };
  const different = new Set(listOf(lengths));
  const [length = ''] = different;
  if (different.size > 1 || !/^\d{1,15}$/.test(length)) {
    return `a broken content-length: ${JSON.stringify(lengths.slice(0, 40))}`;
  }
  const bodyBytes = Number(length);
  return { framing: bodyBytes === 0 ? 'done' : 'length', bodyBytes };
}

// HTTP's white space is space and tab; trim() would take a no-break space as well.
function listOf(value: string): string[] {
  return value.split(',').map((item) => item.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
}

function keepsAlive(modern: boolean, headers: ReadonlyMap<string, string>): boolean {
  const connection = listOf((headers.get('connection') ?? '').toLowerCase());
  if (connection.includes('close')) return false;
  return modern || connection.includes('keep-alive');
}
