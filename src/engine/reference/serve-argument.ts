import { messageOf, TokometerError } from '../../base/errors.ts';
import { parseFault, type ReferenceFault } from './fault.ts';
import type { ReferenceServerOptions } from './server-options.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The options as the one argument of `serve.ts`. */
export function writeServeArgument(options: ReferenceServerOptions): string {
  return JSON.stringify(options);
}

/** Reads that argument back. Throws E_USAGE with the name of the field that is wrong. */
export function readServeArgument(text: string | undefined): ReferenceServerOptions {
  const options = fieldsOf(parse(text), 'the options');
  const timing = fieldsOf(options['timing'], 'timing');
  const usage = options['usage'];
  if (usage !== 'final' && usage !== 'running' && usage !== 'off') throw wrong('usage', 'final, running or off');
  return {
    host: textOf(options, 'host'),
    port: countOf(options, 'port'),
    timing: {
      ttftMs: numberOf(timing, 'ttftMs'),
      itlMs: numberOf(timing, 'itlMs'),
      jitterMs: numberOf(timing, 'jitterMs'),
      prefillTokensPerSecond:
        timing['prefillTokensPerSecond'] === null ? null : numberOf(timing, 'prefillTokensPerSecond'),
      tokensPerChunk: countOf(timing, 'tokensPerChunk'),
      seed: numberOf(timing, 'seed'),
    },
    model: textOf(options, 'model'),
    strictModel: flagOf(options, 'strictModel'),
    usage,
    maxLength: countOf(options, 'maxLength'),
    faults: faultsOf(options['faults']),
    tokenize: flagOf(options, 'tokenize'),
    promptIds: flagOf(options, 'promptIds'),
    addedTokens: countOf(options, 'addedTokens'),
    reasoningTokens: countOf(options, 'reasoningTokens'),
    eventsPerWrite: countOf(options, 'eventsPerWrite'),
    ...(options['incrementalOutput'] === undefined ? {} : { incrementalOutput: flagOf(options, 'incrementalOutput') }),
    ...(options['metrics'] === undefined ? {} : { metrics: flagOf(options, 'metrics') }),
    apiKey: options['apiKey'] === null ? null : textOf(options, 'apiKey'),
  };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch (error) {
    throw new TokometerError('E_USAGE', `the options are not JSON: ${messageOf(error)}`, {
      hint: 'give all options of the reference server as one JSON argument',
      cause: error,
    });
  }
}

function faultsOf(value: unknown): ReferenceFault[] {
  if (!Array.isArray(value)) throw wrong('faults', 'a list');
  return value.map((entry: unknown) => {
    const fault = fieldsOf(entry, 'a fault');
    return parseFault(`${textOf(fault, 'kind')}@${countOf(fault, 'everyNth')}`);
  });
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name, 'an object');
  return { ...value };
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw wrong(name, 'a text');
  return value;
}

function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw wrong(name, 'true or false');
  return value;
}

function numberOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || value < 0) throw wrong(name, 'a number, 0 or more');
  return value;
}

function countOf(fields: Fields, name: string): number {
  const value = numberOf(fields, name);
  if (!Number.isSafeInteger(value)) throw wrong(name, 'a whole number, 0 or more');
  return value;
}

function wrong(name: string, expected: string): TokometerError {
  return new TokometerError('E_USAGE', `${name} must be ${expected}`, {
    hint: 'give all options of the reference server as one JSON argument',
  });
}
