import { oneLine } from '../../base/escape.ts';

/** A field of an unknown JSON value; undefined where there is none. */
export function fieldOf(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Reflect.get(current, name);
  }
  return current;
}

/** A non-empty text, or null. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A positive whole number, or null. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** JSON, or undefined where the text is none. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

export function isHtml(contentType: string | undefined, text: string): boolean {
  return /\bhtml\b/i.test(contentType ?? '') || /^\s*<(?:!doctype|html|head|body|\?xml)/i.test(text);
}

/** What a server says about an error, as one line: from the usual JSON shapes, an HTML title, or the text itself. */
export function serverWords(text: string): string {
  const json = parseJson(text);
  const said = json === undefined ? null : wordsOfJson(json);
  if (said !== null) return oneLine(said);
  if (isHtml(undefined, text)) {
    const title = /<(title|h1)[^>]*>([^<]+)</i.exec(text)?.[2];
    return oneLine(title === undefined ? 'an HTML page' : `an HTML page, "${oneLine(title, 120)}"`);
  }
  const line = oneLine(text, 200);
  return line === '' ? 'nothing' : line;
}

function wordsOfJson(json: unknown): string | null {
  return (
    textOf(fieldOf(json, 'error', 'message')) ??
    textOf(fieldOf(json, 'message')) ??
    textOf(fieldOf(json, 'error')) ??
    textOf(fieldOf(json, 'detail')) ??
    textOf(fieldOf(json, 'detail', 'message')) ??
    validationWords(fieldOf(json, 'detail')) ??
    // SGLang's /generate, whose scheduler gave the request up.
    textOf(fieldOf(json, 'meta_info', 'finish_reason', 'message')) ??
    textOf(json)
  );
}

/**
 * The status of a refusal that came within an answer, 400 to 499; null: it is none. A server that has begun to stream
 * can tell it in no other way.
 */
export function refusalStatus(text: string): number | null {
  const json = parseJson(text);
  const said = fieldOf(json, 'error', 'code') ?? fieldOf(json, 'meta_info', 'finish_reason', 'status_code');
  const status = countOf(said) ?? 0;
  return status >= 400 && status < 500 ? status : null;
}

// FastAPI's own: [{loc: ["body", "ignore_eos"], msg: "Extra inputs are not permitted"}].
function validationWords(detail: unknown): string | null {
  if (!Array.isArray(detail)) return null;
  const lines = detail.map((item) => {
    const place = fieldOf(item, 'loc');
    const path = Array.isArray(place) ? place.join('.') : '';
    return `${path}: ${textOf(fieldOf(item, 'msg')) ?? 'refused'}`;
  });
  return lines.length === 0 ? null : lines.join('; ');
}

/** Whether a refusal says that prompt and output don't fit the model's context. */
export function isContextLength(words: string): boolean {
  return /context[ _-]?(?:length|size|window)|exceed_context|max_model_len|maximum (?:model|sequence|input) length|max(?:imum)?[ _]seq(?:uence)?[ _]len|maximum allowed length/i.test(
    words,
  );
}

/** Whether a refusal says that the model is unknown. */
export function isUnknownModel(words: string): boolean {
  return /model\b.*(?:not (?:found|exist|available|loaded)|does ?n[o']t exist|unknown|no such)|(?:unknown|no such|invalid) model|model_not_found/i.test(
    words,
  );
}
