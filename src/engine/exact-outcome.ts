import type { FailureKind, Outcome } from '../contract/request.ts';

/** The answer of an engine that keeps the length itself: exactly as many tokens as were asked for. */
export const answered: Outcome = {
  status: 'ok',
  failure: null,
  message: null,
  httpStatus: null,
  finishReason: 'length',
  lengthRule: 'engine',
};

/** Why such an engine did not answer. */
export function failed(failure: FailureKind, message: string): Outcome {
  return { ...answered, status: 'failed', failure, message, finishReason: null };
}
