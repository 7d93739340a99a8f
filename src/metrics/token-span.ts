import type { RequestRecord } from '../contract/record.ts';
import { missing } from './missing.ts';
import type { Missing } from './missing.ts';

/** Where the tokens of one answer lie in time; every speed is made of this. Nanoseconds of the run clock. */
export interface TokenSpan {
  /** t0. */
  readonly sentNs: number;
  /** t1. */
  readonly firstNs: number;
  /** tn: the last chunk that carries a token, never the usage chunk. */
  readonly lastNs: number;
  /** g1: tokens stamped t1. Where nobody counts the tokens of a chunk, each chunk stands for one. */
  readonly firstTokens: number;
  /** The first stamp by which `settlingTokens` tokens had come; `lastNs` where they never had. */
  readonly settledNs: number;
  /** Tokens stamped until then, g1 included. */
  readonly settledTokens: number;
  /** The whole answer came in one read, so that its first and last token can't be told apart. */
  readonly oneRead: boolean;
}

/** Tokens after which a generation runs evenly: the first steps after a prompt are often slower than all others. */
export const settlingTokens = 4;

/** Reads the span off the stamps of a request. */
export function tokenSpan(record: RequestRecord): TokenSpan | Missing {
  const { chunkNs, chunkTokens, sentNs } = record;
  const firstNs = chunkNs[0];
  const lastNs = chunkNs.at(-1);
  if (firstNs === undefined || lastNs === undefined) return missing('no token was stamped');
  let firstTokens = 0;
  let settledNs = firstNs;
  let settledTokens = 0;
  for (let index = 0; index < chunkNs.length; index++) {
    const ns: number = chunkNs[index] ?? firstNs;
    if (ns > settledNs) {
      if (settledTokens >= settlingTokens) break;
      settledNs = ns;
    }
    const tokens = chunkTokens?.[index] ?? 1;
    settledTokens += tokens;
    if (ns === firstNs) firstTokens += tokens;
  }
  const severalTokens = Math.max(firstTokens, record.outputTokens ?? 0) > 1;
  const oneRead = severalTokens && lastNs === firstNs;
  return { sentNs, firstNs, lastNs, firstTokens, settledNs, settledTokens, oneRead };
}

/** Reason of every value that needs the first token apart from the last. */
export const allInOneRead = missing('the whole answer came in one read, so its first token has no time of its own');

/** Reason of every value that needs the prompt's token count. */
export const noPromptCount = missing('the prompt tokens were not counted');

/** Reason of every value that needs the generated token count. */
export const noOutputCount = missing('the generated tokens were not counted');
