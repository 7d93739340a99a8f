import type { ServerAgreement, Tell } from '../../contract/engine.ts';
import { type OptionalField, optionalFields } from './request-fields.ts';

const meaningOf: Readonly<Record<OptionalField, string>> = {
  continuous_usage_stats: 'tokens of a chunk are no longer counted by the server',
  timings_per_token: 'tokens of a chunk are no longer counted by its timings',
  cache_prompt: 'its prefix cache cannot be turned off from here',
  min_tokens: 'an output may come short',
  min_new_tokens: 'an output may come short',
  ignore_eos: 'the output length is held by min_tokens (min_new_tokens) instead',
  stream_options: 'it may report no token counts',
};

/** Which optional fields a server takes: learned as it refuses them, each told once, kept for the whole run. */
export class FieldNegotiation {
  /** Rises whenever requests must be built anew. */
  version = 0;
  /** A request with the present fields has passed. */
  proven = false;
  /** `min_tokens` goes beside `ignore_eos`, because an output came short without it. */
  withMinTokens = false;
  readonly #dropped = new Set<OptionalField>();
  readonly #tell: Tell;
  #toldShort = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get dropped(): ReadonlySet<OptionalField> {
    return this.#dropped;
  }

  get agreed(): Omit<ServerAgreement, 'latest'> {
    return { leftOut: [...this.#dropped], withMinTokens: this.withMinTokens, proven: this.proven };
  }

  /** Takes over what another client of the same server has agreed on, and has told. */
  adopt(agreed: Omit<ServerAgreement, 'latest'>): void {
    this.leaveOut(optionalFields.filter((field) => agreed.leftOut.includes(field)));
    this.withMinTokens ||= agreed.withMinTokens;
    this.proven ||= agreed.proven;
  }

  /** The server is known and has no use for these fields; nobody needs to hear of it. */
  leaveOut(fields: readonly OptionalField[]): void {
    for (const field of fields) this.#dropped.add(field);
    this.version++;
  }

  /** The server refused these fields. */
  drop(fields: readonly OptionalField[], words: string): void {
    for (const field of fields) {
      if (this.#dropped.has(field)) continue;
      this.#dropped.add(field);
      this.#tell.warning(`The server refuses ${field} ("${words}"); it is left out from now on: ${meaningOf[field]}.`);
    }
    this.version++;
  }

  /** An output came short though the end of text was ignored. */
  cameShort(output: {
    counted: number;
    asked: number;
    finishReason: string | null;
    remedy: 'min_tokens' | 'min_new_tokens';
  }): void {
    const { counted, asked, finishReason, remedy } = output;
    const came = `The server generated ${counted} of ${asked} tokens though ignore_eos was set`;
    if (finishReason === 'length') {
      // It ran into a limit: min_tokens could only make it refuse.
      if (!this.#toldShort) this.#tell.warning(`${came}, and says "length": prompt and output do not fit its context.`);
      this.#toldShort = true;
    } else if (!this.withMinTokens) {
      this.withMinTokens = true;
      this.version++;
      this.#tell.warning(`${came}; ${remedy} is sent as well from now on.`);
    }
  }
}
