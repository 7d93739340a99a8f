const typeNames: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  413: 'RequestTooLargeError',
  429: 'RateLimitError',
  500: 'InternalServerError',
};

/** A request that is answered with an error status; never leaves the server. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly param: string | null;

  constructor(status: number, message: string, param: string | null) {
    super(message);
    this.status = status;
    this.param = param;
  }

  /** The error body in vLLM's form. */
  body(): { error: { message: string; type: string; param: string | null; code: number } } {
    const type = typeNames[this.status] ?? 'BadRequestError';
    return { error: { message: this.message, type, param: this.param, code: this.status } };
  }
}

/** A body whose shape is wrong: SGLang tells it before the answer begins, streamed or not. */
export class ContractRefusal extends Refusal {
  constructor(message: string) {
    super(400, message, null);
  }
}

/** What a dying vLLM engine says, over HTTP or within a stream. */
export function engineDeath(): Refusal {
  const message = 'EngineCore encountered an issue. See stack trace (above) for the root cause.';
  return new Refusal(500, message, null);
}
