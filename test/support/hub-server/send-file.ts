import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ServedFile } from './served-model.ts';

/** What may go wrong with one reading of a file. */
export type FileFault =
  /** The connection breaks after so many bytes of this answer. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** A well-formed answer of a shorter file. */
  | { readonly kind: 'short'; readonly bytes: number }
  /** One byte is another one. */
  | { readonly kind: 'corrupt' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** The answer stops after so many bytes, and the connection stays. */
  | { readonly kind: 'hang'; readonly bytes: number }
  /** A range is asked for, and the whole file is sent. */
  | { readonly kind: 'ignore-range' };

interface SendFileInput {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly file: ServedFile;
  readonly fault: FileFault | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a file, or the rest of it that a range asks for, with its fault. */
export async function sendFile({ request, response, file, fault, headers }: SendFileInput): Promise<void> {
  if (fault?.kind === 'status') {
    response.writeHead(fault.status, { 'content-length': 0, ...fault.headers }).end();
    return;
  }
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const isRange = asked !== null && fault?.kind !== 'ignore-range';
  const start = isRange ? Number(asked[1]) : 0;
  const end = fault?.kind === 'short' ? fault.bytes : file.bytes;
  if (isRange && start >= end) {
    response.writeHead(416, { 'content-range': `bytes */${end}`, 'content-length': 0 }).end();
    return;
  }
  response.writeHead(isRange ? 206 : 200, {
    ...headers,
    'accept-ranges': 'bytes',
    'content-length': end - start,
    ...(isRange ? { 'content-range': `bytes ${start}-${end - 1}/${end}` } : {}),
  });
  if (request.method === 'HEAD' || end === start) {
    response.end();
    return;
  }
  await sendBody(response, { file, start, end, fault });
}

interface Body {
  readonly file: ServedFile;
  readonly start: number;
  readonly end: number;
  readonly fault: FileFault | null;
}

async function sendBody(response: ServerResponse, { file, start, end, fault }: Body): Promise<void> {
  const highWaterMark = fault?.kind === 'slow' ? Math.max(1, Math.ceil(fault.bytesPerSecond / 20)) : 64 * 1024;
  const limit = fault?.kind === 'truncate' || fault?.kind === 'hang' ? fault.bytes : Infinity;
  let sent = 0;
  for await (const read of createReadStream(file.source, { start, end: end - 1, highWaterMark })) {
    if (!Buffer.isBuffer(read) || response.destroyed) break;
    const piece = read.subarray(0, limit - sent);
    if (fault?.kind === 'corrupt' && sent === 0) piece[0] = (piece[0] ?? 0) ^ 0xff;
    await new Promise((resolve) => response.write(piece, resolve));
    sent += piece.length;
    if (sent >= limit) break;
    if (fault?.kind === 'slow') await sleep(50);
  }
  if (fault?.kind === 'hang') return;
  // A moment later, so that the bytes before the break are not lost with the connection.
  if (fault?.kind === 'truncate') setTimeout(() => response.destroy(), 50);
  else response.end();
}
