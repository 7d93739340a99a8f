import { maskSecrets } from '../../base/mask-secrets.ts';
import { parseDurationMs } from '../../base/units.ts';

/** Reads one option's value from argv texts, an environment variable or a config file. */
export interface ValueType<Value> {
  /** Shown in help between angle brackets. */
  readonly name: string;
  readonly arity: 'none' | 'one' | 'many';
  readonly choices?: readonly string[];
  /** The same type for editors of config files. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  read(input: unknown): Read<Value>;
}

export type Read<Value> = { readonly value: Value } | { readonly problem: string };

interface Range {
  readonly min?: number;
  readonly max?: number;
  /** `min` itself is refused. */
  readonly above?: boolean;
}

export const text = (name = 'text'): ValueType<string> => ({
  name,
  arity: 'one',
  jsonSchema: { type: 'string' },
  read: (input) =>
    typeof input === 'string' && input !== '' ? { value: input } : { problem: `needs a text, got ${show(input)}` },
});

export const texts = (name = 'text'): ValueType<readonly string[]> => ({
  name,
  arity: 'many',
  jsonSchema: { type: 'array', items: { type: 'string' } },
  read: (input) => {
    const items: unknown[] = Array.isArray(input) ? input : [input];
    const values = items.filter((item): item is string => typeof item === 'string' && item !== '');
    return values.length === items.length ? { value: values } : { problem: `needs texts, got ${show(input)}` };
  },
});

export const toggle = (): ValueType<boolean> => ({
  name: '',
  arity: 'none',
  jsonSchema: { type: 'boolean' },
  read: (input) => {
    if (typeof input === 'boolean') return { value: input };
    if (input === 'true' || input === '1') return { value: true };
    if (input === 'false' || input === '0') return { value: false };
    return { problem: `needs true or false, got ${show(input)}` };
  },
});

export const integer = (range: Range = {}): ValueType<number> => numeric({ name: 'integer', whole: true, range });

export const decimal = (range: Range = {}): ValueType<number> => numeric({ name: 'number', whole: false, range });

export const integers = (range: Range = {}): ValueType<readonly number[]> => several(integer(range));

/** Rates, each above 0; -1 alone is none, as EvalScope has it, and gives an empty list. */
export const rates = (): ValueType<readonly number[]> => {
  const some = several(decimal({ min: 0, above: true }));
  return {
    ...some,
    jsonSchema: { anyOf: [some.jsonSchema, { const: -1 }] },
    read: (input) => (isNoRate(input) ? { value: [] } : some.read(input)),
  };
};

function isNoRate(input: unknown): boolean {
  return String(input) === '-1' || (Array.isArray(input) && input.length === 0);
}

function several(one: ValueType<number>): ValueType<readonly number[]> {
  return {
    name: one.name,
    arity: 'many',
    jsonSchema: { anyOf: [one.jsonSchema, { type: 'array', items: one.jsonSchema, minItems: 1 }] },
    read: (input) => {
      const items = Array.isArray(input)
        ? input
        : String(input)
            .split(/[\s,]+/)
            .filter((item) => item !== '');
      if (items.length === 0) return { problem: `needs at least one ${one.name}` };
      const values: number[] = [];
      for (const item of items) {
        const result = one.read(item);
        if ('problem' in result) return result;
        values.push(result.value);
      }
      return { value: values };
    },
  };
}

/** A number, or the word `auto`. */
export const autoOr = (one: ValueType<number>): ValueType<number | 'auto'> => ({
  name: `auto|${one.name}`,
  arity: 'one',
  jsonSchema: { anyOf: [{ const: 'auto' }, one.jsonSchema] },
  read: (input) => {
    if (input === 'auto') return { value: 'auto' };
    const result = one.read(input);
    return 'problem' in result ? { problem: result.problem.replace(/^needs/, 'needs auto or') } : result;
  },
});

const longestName = 24;

export const choice = <const Choices extends readonly string[]>(choices: Choices): ValueType<Choices[number]> => ({
  // A long list would push all help texts off the screen; they are told in the description.
  name: choices.join('|').length > longestName ? 'name' : choices.join('|'),
  arity: 'one',
  choices,
  jsonSchema: { enum: choices },
  read: (input) => {
    const found = choices.find((candidate) => candidate === input);
    return found === undefined
      ? { problem: `must be one of ${choices.join(', ')}, got ${show(input)}` }
      : { value: found };
  },
});

/** `key=value` pairs, split at the first `=`. */
export const pairs = (): ValueType<Readonly<Record<string, string>>> => ({
  name: 'key=value',
  arity: 'many',
  jsonSchema: { type: 'object', additionalProperties: { type: 'string' } },
  read: (input) => {
    if (isPlainObject(input)) {
      return { value: Object.fromEntries(Object.entries(input).map(([key, value]) => [key, String(value)])) };
    }
    const result: Record<string, string> = {};
    for (const item of Array.isArray(input) ? input : [input]) {
      const pair = String(item);
      const at = pair.indexOf('=');
      if (at < 1) return { problem: `needs key=value pairs, got ${show(item)}` };
      result[pair.slice(0, at)] = pair.slice(at + 1);
    }
    return { value: result };
  },
});

/** A JSON object, as text or (in a config file) as it is. */
export const jsonObject = (): ValueType<Readonly<Record<string, unknown>>> => ({
  name: 'JSON',
  arity: 'one',
  jsonSchema: { type: 'object' },
  read: (input) => {
    if (isPlainObject(input)) return { value: input };
    try {
      const value: unknown = JSON.parse(String(input));
      if (isPlainObject(value)) return { value };
    } catch {
      // Said below: a broken text and a JSON value of another kind get the same answer.
    }
    return { problem: `needs a JSON object such as '{"top_k": 1}', got ${show(input)}` };
  },
});

/** An address of HTTP or HTTPS. A login in it is not told. */
export const httpUrl = (example: string): ValueType<string> => ({
  name: 'URL',
  arity: 'one',
  jsonSchema: { type: 'string', format: 'uri' },
  read: (input) => {
    const given = typeof input === 'string' ? input : '';
    const isUrl = /^https?:\/\//i.test(given) && URL.canParse(given);
    const told = show(maskSecrets(input)).replace(/^"[^"]*@/, '"***@');
    return isUrl ? { value: given } : { problem: `needs a URL such as ${example}, got ${told}` };
  },
});

/** A share of something, as `2%` or `0.02`. The value is the fraction, above 0. */
export const share = ({ max }: { readonly max: number }): ValueType<number> => ({
  name: 'share',
  arity: 'one',
  jsonSchema: { type: ['number', 'string'] },
  read: (input) => {
    const match = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(%?)\s*$/.exec(String(input));
    const value = match === null ? NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
    return value > 0 && value <= max
      ? { value }
      : { problem: `needs a share of at most ${100 * max}% such as 2% or 0.02, got ${show(input)}` };
  },
});

/** Seconds on the command line, as EvalScope counts timeouts; a unit may follow. The value is in milliseconds. */
export const seconds = (): ValueType<number> => ({
  name: 'seconds',
  arity: 'one',
  jsonSchema: { type: ['number', 'string'] },
  read: (input) => {
    const ms = parseDurationMs(String(input));
    return ms === null || ms <= 0
      ? { problem: `needs a time above 0 such as 60, 90s or 2m, got ${show(input)}` }
      : { value: ms };
  },
});

function numeric(kind: { name: string; whole: boolean; range: Range }): ValueType<number> {
  const { min, max, above } = kind.range;
  const bounds = `${min === undefined ? '' : ` ${above === true ? 'above' : 'of at least'} ${min}`}${max === undefined ? '' : ` and at most ${max}`}`;
  return {
    name: kind.name,
    arity: 'one',
    jsonSchema: {
      type: kind.whole ? 'integer' : 'number',
      ...(min === undefined ? {} : { [above === true ? 'exclusiveMinimum' : 'minimum']: min }),
      ...(max === undefined ? {} : { maximum: max }),
    },
    read: (input) => {
      const isNumeric = typeof input === 'number' || (typeof input === 'string' && input.trim() !== '');
      const value = isNumeric ? Number(input) : NaN;
      const isInside =
        Number.isFinite(value) &&
        (!kind.whole || Number.isSafeInteger(value)) &&
        (min === undefined || (above === true ? value > min : value >= min)) &&
        (max === undefined || value <= max);
      const article = kind.name === 'integer' ? 'an' : 'a';
      return isInside ? { value } : { problem: `needs ${article} ${kind.name}${bounds}, got ${show(input)}` };
    },
  };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(input: unknown): string {
  return typeof input === 'string' ? `"${input}"` : JSON.stringify(input);
}
