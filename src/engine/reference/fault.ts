import { TokometerError } from '../../base/errors.ts';

const plainKinds = [
  'http-500',
  'http-429',
  'html',
  'not-json',
  'bad-utf8',
  'broken-json',
  'error-event',
  'no-done',
  'end-mid-stream',
  'reset-mid-stream',
  'hang-mid-stream',
  'reset-before-answer',
  'reset-reused',
  'no-usage',
  'no-cached-count',
  'zero-tokens',
  'short-output',
  'refuse-ids',
  'cache-hit',
  'wrong-prompt-count',
  'wrong-metrics',
] as const;

/**
 * What the reference server does wrong. In a stream, `bad-utf8` and `broken-json` spoil the event in its middle and go
 * on; `error-event` (then [DONE]), `end-mid-stream` (a clean end of the response), `reset-mid-stream` and
 * `hang-mid-stream` take the place of the second half; `no-done` leaves out [DONE] alone. `reset-reused` resets a
 * connection at its second request. `wrong-metrics` halves the times that /metrics tells of the request. `refuse-field:NAME` answers 400 to a body that has the field.
 */
export type FaultKind = (typeof plainKinds)[number] | `refuse-field:${string}`;

/** The fault, and which generation requests have it: every nth, counted from the server's start. */
export interface ReferenceFault {
  readonly kind: FaultKind;
  readonly everyNth: number;
}

/** Every kind as it is written, for help and messages. */
export const faultKinds: readonly string[] = [...plainKinds, 'refuse-field:NAME'];

/** Reads `kind` (every request) or `kind@n` (every nth request). Throws E_USAGE. */
export function parseFault(text: string): ReferenceFault {
  const match = /^(.+?)(?:@(\d+))?$/.exec(text.trim());
  const kind = kindOf(match?.[1] ?? '');
  const everyNth = Number(match?.[2] ?? 1);
  if (kind === null || everyNth < 1 || !Number.isSafeInteger(everyNth)) {
    throw new TokometerError('E_USAGE', `'${text}' is no fault of the reference server`, {
      hint: `write KIND or KIND@N (every Nth request), where KIND is one of: ${faultKinds.join(', ')}`,
    });
  }
  return { kind, everyNth };
}

/** The faults of the request with this ordinal; ordinals begin at 1. */
export function faultsAt(faults: readonly ReferenceFault[], ordinal: number): ReadonlySet<FaultKind> {
  return new Set(faults.filter((fault) => ordinal % fault.everyNth === 0).map((fault) => fault.kind));
}

/** The name in `refuse-field:NAME`; null for every other kind. */
export function refusedField(kind: FaultKind): string | null {
  return kind.startsWith('refuse-field:') ? kind.slice('refuse-field:'.length) : null;
}

function kindOf(text: string): FaultKind | null {
  const field = /^refuse-field:(\w+)$/.exec(text)?.[1];
  if (field !== undefined) return `refuse-field:${field}`;
  return plainKinds.find((kind) => kind === text) ?? null;
}
