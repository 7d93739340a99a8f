import { TokometerError } from '../base/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The error for an answer that is not what the hub's interface promises. */
export function strangeAnswer(title: string, what: string): TokometerError {
  return new TokometerError('E_MODEL_FILE', `${title} answered strangely: ${what}`, {
    hint: 'is the endpoint that of a model hub? HF_ENDPOINT and MODELSCOPE_ENDPOINT name it',
  });
}
