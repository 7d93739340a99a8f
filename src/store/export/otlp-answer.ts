import { messageOf, systemCodeOf, TokometerError } from '../../base/errors.ts';
import { maskSecrets } from '../../base/mask-secrets.ts';

/** Where metrics go: the standard path is added to an address that has none. */
export function collectorUrl(given: string): string {
  const url = new URL(given);
  if (url.pathname === '/') url.pathname = '/v1/metrics';
  return url.href;
}

/** The address without its secrets. */
export const toldUrl = (url: string): string => maskSecrets(url);

const hints: Readonly<Record<number, string>> = {
  401: 'OTEL_EXPORTER_OTLP_HEADERS holds what it asks for, such as Authorization=Basic%20...',
  403: 'OTEL_EXPORTER_OTLP_HEADERS holds what it asks for, such as Authorization=Basic%20...',
  404: 'is it the OTLP/HTTP port (4318 by default)? A path other than /v1/metrics belongs into the URL',
  405: 'is it the OTLP/HTTP port (4318 by default)? A path other than /v1/metrics belongs into the URL',
  413: 'the collector limits the size of requests: push one run at a time, or raise its limit',
  415: 'it must take OTLP as JSON over HTTP; gRPC has another port (4317 by default)',
};

const again = 'the results are kept: tokometer report RUN --push URL sends them again';
const duringTime = 'within OTEL_EXPORTER_OTLP_TIMEOUT (10000 ms when it is not set)';

/** What an export failed of, in one message: nobody there, no answer, or which. */
export function pushError(error: Error, url: string): TokometerError {
  const { what, hint } = explain(error);
  const place = toldUrl(url);
  return new TokometerError('E_PUSH', `the result could not be pushed to ${place}: ${what}`, {
    hint: hint === null ? again : `${hint}; ${again}`,
    cause: error,
  });
}

function explain(error: Error): { what: string; hint: string | null } {
  // The exporter has the status of an answer as `code`, and none of one that means "try again later".
  if ('code' in error && typeof error.code === 'number') {
    const words = `${error.code} ${error.message}`.trim();
    return { what: `the answer was ${words}`, hint: hints[error.code] ?? 'the log of the collector says why' };
  }
  switch (systemCodeOf(error)) {
    case 'ECONNREFUSED':
      return {
        what: 'nobody listens there',
        hint: 'start the collector, or name its OTLP/HTTP port (4318 by default)',
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { what: 'there is no host of that name', hint: null };
    case null:
      break;
    default:
      return { what: messageOf(error), hint: null };
  }
  if (/timed out/i.test(error.message)) return { what: `no answer ${duringTime}`, hint: null };
  if (/retryable status/i.test(error.message)) {
    return { what: `the answer was 429, 502, 503 or 504 whenever it was tried ${duringTime}`, hint: null };
  }
  return { what: messageOf(error), hint: null };
}

/** A collector may take a request and drop points of it; null: it did not say so. */
export function refusedPoints(warnings: readonly string[], url: string): TokometerError | null {
  for (const warning of warnings) {
    const said = /Partial Success response: *(\{.*\})/s.exec(warning)?.[1];
    const { count, reason } = partialSuccess(said);
    if (count === 0) continue;
    const why = reason === '' ? '' : `: "${reason}"`;
    return new TokometerError('E_PUSH', `${toldUrl(url)} took the result, but dropped ${count} points of it${why}`, {
      hint: again,
    });
  }
  return null;
}

function partialSuccess(text: string | undefined): { count: number; reason: string } {
  const parsed: unknown = text === undefined ? null : JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) return { count: 0, reason: '' };
  // 64-bit integers are texts in the JSON of protobuf.
  const count = 'rejectedDataPoints' in parsed ? Number(parsed.rejectedDataPoints) : 0;
  const reason = 'errorMessage' in parsed ? String(parsed.errorMessage) : '';
  return { count: Number.isFinite(count) ? count : 0, reason };
}
