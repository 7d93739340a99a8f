import type { Hash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { TokometerError } from '../base/errors.ts';
import { hashPrefix, startHash } from './file-digest.ts';
import { HubHttpError, HubUnreachableError } from './http-error.ts';
import type { Exchange } from './hub-client.ts';
import { Patience } from './patience.ts';
import type { Digest, RemoteFile } from './remote-file.ts';

export interface DownloadInput {
  readonly file: RemoteFile;
  /** Holds what came so far, also between runs. */
  readonly partial: string;
  /** Appears whole and verified, or not at all. */
  readonly target: string;
  /** Starts one reading of the file from `offset` bytes on. */
  request(offset: number): Promise<Exchange>;
  /** Bytes of the partial file that count now, which may be fewer than before. */
  came(bytes: number): void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Downloads one file: continues what an earlier try or run left, checks length and digest, then moves it into place.
 * A body that does not fit is fetched once more from its start; after that E_MODEL_FILE names the file.
 */
export async function downloadFile(input: DownloadInput): Promise<void> {
  await mkdir(dirname(input.partial), { recursive: true });
  await mkdir(dirname(input.target), { recursive: true });
  const body = new PartialFile(input);
  const patience = new Patience('download', input.signal);
  let corruptions = 0;
  for (;;) {
    const before = await body.measure();
    try {
      if (before < input.file.bytes) await fetchRest(input, body);
      await body.check();
      await rename(input.partial, input.target);
      return;
    } catch (error) {
      if (error instanceof CorruptBodyError) {
        await body.clear();
        if (++corruptions > 1) throw corruptError(input.file, error);
        continue;
      }
      if (error instanceof HubHttpError && error.status === 416) await body.clear();
      else if (body.bytes - before >= 1024 * 1024) patience.reset();
      await patience.afterFailure(rangeRefused(error, before, input.file) ?? error);
    }
  }
}

/** What came is not the file that the hub lists. */
class CorruptBodyError extends Error {
  override readonly name = 'CorruptBodyError';
}

// A 416 only says that the partial file does not fit: without it the next try may well succeed.
function rangeRefused(error: unknown, offset: number, file: RemoteFile): HubUnreachableError | null {
  if (!(error instanceof HubHttpError) || error.status !== 416 || offset === 0) return null;
  return new HubUnreachableError(file.path, error);
}

function corruptError(file: RemoteFile, cause: CorruptBodyError): TokometerError {
  return new TokometerError('E_MODEL_FILE', `${file.path} came corrupted twice: ${cause.message}`, {
    hint: 'try again later, or take the other hub with --hub; a proxy or mirror in between may alter files',
    cause,
  });
}

async function fetchRest(input: DownloadInput, body: PartialFile): Promise<void> {
  if (input.file.bytes === 0) return;
  const exchange = await input.request(body.bytes);
  try {
    body.expect(exchange.linkedSha256);
    const { offset, total } = announced(exchange);
    if (total !== null && total !== input.file.bytes) {
      throw new CorruptBodyError(`listed with ${input.file.bytes} bytes, served with ${total}`);
    }
    if (offset !== body.bytes) {
      if (offset !== 0) throw new CorruptBodyError(`asked from byte ${body.bytes} on, served from ${offset}`);
      await body.clear();
    }
    await body.append(exchange.chunks());
  } finally {
    exchange.drop();
  }
  if (body.bytes < input.file.bytes) {
    throw new HubUnreachableError(
      input.file.path,
      new Error(`the body ended ${input.file.bytes - body.bytes} bytes early`),
    );
  }
}

/** Where a body begins, and how long the whole file is as far as its headers say. */
function announced({ status, headers }: Exchange): { offset: number; total: number | null } {
  if (status === 206) {
    const match = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    if (match === null) return { offset: Number.NaN, total: null };
    return { offset: Number(match[1]), total: match[2] === '*' ? null : Number(match[2]) };
  }
  const length = headers.get('content-length');
  const isPlain = headers.get('content-encoding') === null;
  return { offset: 0, total: isPlain && length !== null ? Number(length) : null };
}

/** The file that grows, and the running digest of what it holds. */
class PartialFile {
  bytes = 0;
  readonly #input: DownloadInput;
  #hash: Hash | null = null;
  #hashedBytes = 0;
  #digest: Digest | null;

  constructor(input: DownloadInput) {
    this.#input = input;
    this.#digest = input.file.digest;
  }

  /** Looks at what is there; more than the file can hold is of no use. */
  async measure(): Promise<number> {
    const facts = await stat(this.#input.partial).catch(() => null);
    if (facts !== null && facts.size > this.#input.file.bytes) await this.clear();
    else this.#grow(facts?.size ?? 0);
    return this.bytes;
  }

  /** A digest that the answer itself told, for files that are listed without one. */
  expect(sha256: string | null): void {
    if (sha256 !== null) this.#digest ??= { kind: 'sha256', hex: sha256 };
  }

  async clear(): Promise<void> {
    await rm(this.#input.partial, { force: true });
    this.#grow(0);
  }

  async append(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#catchUp();
    const handle = await open(this.#input.partial, 'a');
    try {
      for await (const chunk of chunks) await this.#write(handle, chunk);
    } finally {
      await handle.close();
    }
  }

  /** Throws CorruptBodyError when the whole file is not what was listed. */
  async check(): Promise<void> {
    const digest = this.#digest;
    if (this.#input.file.bytes === 0) await (await open(this.#input.partial, 'w')).close();
    if (digest === null) return;
    await this.#catchUp();
    const found = this.#hash?.digest('hex');
    this.#hash = null;
    if (found !== digest.hex) throw new CorruptBodyError(`${digest.kind} is ${found}, listed as ${digest.hex}`);
  }

  async #write(handle: FileHandle, chunk: Uint8Array): Promise<void> {
    this.#input.signal?.throwIfAborted();
    if (this.bytes + chunk.byteLength > this.#input.file.bytes) {
      throw new CorruptBodyError(`listed with ${this.#input.file.bytes} bytes, served with more`);
    }
    await handle.writeFile(chunk);
    this.#hash?.update(chunk);
    this.#hashedBytes += chunk.byteLength;
    this.#grow(this.bytes + chunk.byteLength);
  }

  // The digest goes along with the bytes; after a break it is taken up from the file itself.
  async #catchUp(): Promise<void> {
    const digest = this.#digest;
    if (digest === null || (this.#hash !== null && this.#hashedBytes === this.bytes)) return;
    this.#hash = startHash(digest.kind, this.#input.file.bytes);
    await hashPrefix(this.#hash, this.#input.partial, this.bytes);
    this.#hashedBytes = this.bytes;
  }

  #grow(bytes: number): void {
    this.bytes = bytes;
    this.#input.came(bytes);
  }
}
