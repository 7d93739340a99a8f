/** Why a request or a row has no value. */
export interface Missing {
  readonly missing: string;
}

/** Says that there is no value, and why; the reason is a clause that can follow `n/a:`. */
export function missing(reason: string): Missing {
  return { missing: reason };
}

export function isMissing(value: number | object): value is Missing {
  return typeof value === 'object' && 'missing' in value;
}
