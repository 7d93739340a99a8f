import { TokometerError } from '../base/errors.ts';
import type { Engine, ProbeResult } from '../contract/engine.ts';
import type { FailureKind, Outcome, Prompt } from '../contract/request.ts';

/** What an engine adds to each prompt by itself, or why these prompts don't do. */
export type AddedTokens =
  | { readonly kind: 'constant'; readonly tokens: number }
  /** Answered, but without a count. */
  | { readonly kind: 'not-counted' }
  | { readonly kind: 'refused'; readonly message: string }
  /** The count isn't the length plus a constant. */
  | { readonly kind: 'uneven'; readonly sent: number; readonly counted: number };

// A handful: long enough that text which is cut into tokens anew hardly hits it by chance.
const firstLength = 12;
const secondLength = 29;

type ProbingEngine = Engine & Required<Pick<Engine, 'probe'>>;

/** Short real requests of one generated token, for what an engine counts. */
export class PromptProbe {
  readonly #engine: ProbingEngine;
  #lastRefusal: string | null = null;

  constructor(engine: ProbingEngine) {
    this.#engine = engine;
  }

  /** null when the engine has no probe. */
  static of(engine: Engine): PromptProbe | null {
    return canProbe(engine) ? new PromptProbe(engine) : null;
  }

  /** Why the last request was not counted; null when it was. */
  get lastRefusal(): string | null {
    return this.#lastRefusal;
  }

  /**
   * Sends a prompt of a known length, and a second one of another length when the first count differs: only a constant
   * difference is something that the engine adds. Throws E_CONNECTION_TEST when there is no answer at all.
   */
  async addedTokens(promptOf: (length: number) => Prompt): Promise<AddedTokens> {
    let difference = 0;
    for (const length of [firstLength, secondLength]) {
      const { outcome, usage } = await this.#send(promptOf(length), length);
      if (!wasTaken(outcome)) return { kind: 'refused', message: refusalOf(outcome) };
      if (usage.promptTokens === null) return { kind: 'not-counted' };
      const counted = usage.promptTokens;
      const isFirst = length === firstLength;
      if (counted < length || (!isFirst && counted - length !== difference)) {
        return { kind: 'uneven', sent: length, counted };
      }
      difference = counted - length;
      if (difference === 0) break;
    }
    return { kind: 'constant', tokens: difference };
  }

  /** Tokens of a text as the engine counts them; null when it refuses or doesn't say. */
  async countText(text: string): Promise<number | null> {
    const { outcome, usage } = await this.#send({ kind: 'text', text }, text.length);
    this.#lastRefusal = !wasTaken(outcome)
      ? `text: refused (${refusalOf(outcome)})`
      : usage.promptTokens === null
        ? 'the server reports no usage'
        : null;
    return this.#lastRefusal === null ? usage.promptTokens : null;
  }

  async #send(prompt: Prompt, promptTokens: number): Promise<ProbeResult> {
    const result = await this.#engine.probe({
      // No place in the run: probes are never measured.
      index: -1,
      prompt,
      promptTokens,
      outputTokens: 1,
      minOutputTokens: null,
      temperature: null,
      extraArguments: {},
    });
    if (isUnreachable(result.outcome)) {
      throw new TokometerError('E_CONNECTION_TEST', refusalOf(result.outcome), {
        hint: 'check --url, --model and --api-key, and that the server has finished loading; raise --read-timeout for a slow one',
      });
    }
    return result;
  }
}

function canProbe(engine: Engine): engine is ProbingEngine {
  return engine.probe !== undefined;
}

/** One token can be an empty text, which is no refusal. */
function wasTaken(outcome: Outcome): boolean {
  return outcome.status === 'ok' || outcome.failure === 'no-tokens';
}

const silences: ReadonlySet<FailureKind | null> = new Set([
  'connect',
  'connect-timeout',
  'read-timeout',
  'total-timeout',
  'cancelled',
]);
const closedDoors: ReadonlySet<number | null> = new Set([401, 403, 404]);

/** No other prompt would do better. */
function isUnreachable({ failure, httpStatus }: Outcome): boolean {
  return silences.has(failure) || (failure === 'http-status' && closedDoors.has(httpStatus));
}

function refusalOf(outcome: Outcome): string {
  return outcome.message ?? outcome.failure ?? 'failed';
}
