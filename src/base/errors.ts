/** Exit codes, named; `exit-code-meanings.ts` explains them. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  environment: 3,
  engineStart: 4,
  allFailed: 5,
  gateMissed: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const exitCodeOf = {
  E_USAGE: exitCodes.usage,
  E_PLAN: exitCodes.usage,
  E_RUN_DIRECTORY: exitCodes.usage,
  E_MISSING_PACKAGE: exitCodes.environment,
  E_OUTPUT: exitCodes.environment,
  E_DISK_FULL: exitCodes.environment,
  E_PUSH: exitCodes.environment,
  E_MODEL_FILE: exitCodes.environment,
  E_PORT_IN_USE: exitCodes.environment,
  E_DEVICE_BUSY: exitCodes.environment,
  E_CLIENT_THREAD: exitCodes.environment,
  E_ENGINE_START: exitCodes.engineStart,
  E_CONNECTION_TEST: exitCodes.engineStart,
  E_ALL_FAILED: exitCodes.allFailed,
  E_NO_VALID_ROW: exitCodes.gateMissed,
  E_GATE: exitCodes.gateMissed,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof exitCodeOf;

/** The errors that end with an exit code. */
export function errorCodesOf(exitCode: ExitCode): string[] {
  return Object.entries(exitCodeOf).flatMap(([code, its]) => (its === exitCode ? [code] : []));
}

/** What stops a run. `message`: what happened, to which value. `hint`: what to do, flags by name. */
export class TokometerError extends Error {
  override readonly name = 'TokometerError';
  readonly code: ErrorCode;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? null;
  }

  get exitCode(): ExitCode {
    return exitCodeOf[this.code];
  }
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error, such as `ENOSPC`; null for anything else. */
export function systemCodeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
