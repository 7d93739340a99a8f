import { oneLine } from '../base/escape.ts';
import { systemCodeOf } from '../base/errors.ts';

/** A hub's answer that is no success. */
export class HubHttpError extends Error {
  override readonly name = 'HubHttpError';
  readonly status: number;
  /** `GatedRepo`, `RepoNotFound`, `RevisionNotFound`, `EntryNotFound`; null where the hub sends none. */
  readonly errorCode: string | null;
  /** What the hub itself said. */
  readonly said: string;
  /** How long a 429 asks to wait. */
  readonly waitMs: number | null;

  constructor(input: { status: number; errorCode: string | null; said: string; waitMs: number | null; url: string }) {
    super(`${shownAddress(input.url)} answered ${input.status}${input.said === '' ? '' : `: ${input.said}`}`);
    this.status = input.status;
    this.errorCode = input.errorCode;
    this.said = input.said;
    this.waitMs = input.waitMs;
  }
}

/** No answer, or one that broke off. */
export class HubUnreachableError extends Error {
  override readonly name = 'HubUnreachableError';

  /** `what`: the address or the file that was being read. */
  constructor(what: string, cause: unknown) {
    super(`${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** An address without its query: signed addresses carry a secret there. */
export function shownAddress(url: string): string {
  const parsed = new URL(url);
  return `${parsed.origin}${parsed.pathname}`;
}

/** Reads an unsuccessful answer to its end. */
export async function readHttpError(response: Response, url: string): Promise<HubHttpError> {
  const text = await response.text().catch(() => '');
  return new HubHttpError({
    status: response.status,
    errorCode: response.headers.get('x-error-code'),
    said: oneLine(response.headers.get('x-error-message') ?? saidIn(text)),
    waitMs: response.status === 429 ? waitOf(response.headers) : null,
    url,
  });
}

const longestWaitMs = 600_000;

/** Whether the same request may succeed later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof HubHttpError) {
    if (error.status === 429) return (error.waitMs ?? 0) <= longestWaitMs;
    return error.status === 408 || error.status >= 500;
  }
  return error instanceof HubUnreachableError;
}

/** A host without an address, or where nobody listens: a second later it will be the same. */
export function isNobodyThere({ cause }: HubUnreachableError): boolean {
  return nobodyThere.has(causeCode(cause) ?? '');
}

const nobodyThere = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function reasonOf(error: unknown): string {
  const code = causeCode(error);
  if (!(error instanceof Error)) return String(error);
  const inner = error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
  return code === null || inner.includes(code) ? inner : `${inner} (${code})`;
}

/** fetch wraps the system error once. */
function causeCode(error: unknown): string | null {
  return systemCodeOf(error) ?? (error instanceof Error ? systemCodeOf(error.cause) : null);
}

function saidIn(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return '';
    if ('error' in parsed && typeof parsed.error === 'string') return parsed.error;
    if ('Message' in parsed && typeof parsed.Message === 'string') return parsed.Message;
    return '';
  } catch {
    return '';
  }
}

/** `RateLimit: "api";r=0;t=55` counts to the end of the window; `Retry-After` is in seconds, or a date. */
function waitOf(headers: Headers): number | null {
  const seconds = /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  if (seconds !== undefined) return (Number(seconds) + 1) * 1000;
  const after = headers.get('retry-after');
  if (after === null) return null;
  if (/^\d+(\.\d+)?$/.test(after.trim())) return Number(after) * 1000;
  const at = Date.parse(after);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
