import type { CellPlan } from '../contract/plan.ts';
import type { RequestRecord } from '../contract/record.ts';
import { decodeSpeed } from '../metrics/definition/decode-speed.ts';
import { generatedSpeed } from '../metrics/definition/generated-speed.ts';
import { isMissing } from '../metrics/missing.ts';
import { requestFacts } from '../metrics/request-facts.ts';
import type { RateSample } from '../stats/unit-time.ts';
import type { PassResult } from './passes.ts';

/**
 * Takes the records of one pass and says what it came to, for the decisions between passes. The main speed of a speed cell is
 * decode speed; where answers have no token after the first, generated speed; of a load cell output throughput.
 */
export class PassWork {
  readonly #kind: CellPlan['kind'];
  #firstNs = Infinity;
  #lastNs = -Infinity;
  #tokens = 0;
  #answered = 0;
  #answeredNs = 0;
  #areCounted = true;
  #speed: RateSample | null = null;

  constructor(kind: CellPlan['kind']) {
    this.#kind = kind;
  }

  add(record: RequestRecord): void {
    this.#firstNs = Math.min(this.#firstNs, record.sentNs);
    this.#lastNs = Math.max(this.#lastNs, record.endNs);
    if (record.outcome.status !== 'ok') return;
    this.#answered++;
    this.#answeredNs += record.endNs - record.sentNs;
    if (record.outputTokens === null) this.#areCounted = false;
    else this.#tokens += record.outputTokens;
    if (this.#kind === 'speed') this.#speed = speedOf(record);
  }

  result(durationMs: number): PassResult {
    const ns = this.#lastNs - this.#firstNs;
    const isKnown = this.#areCounted && this.#tokens > 0 && ns > 0;
    const throughput = isKnown ? { amount: this.#tokens, time: ns / 1e9 } : null;
    return {
      work: this.#kind === 'speed' ? this.#speed : throughput,
      tokenMs: isKnown ? ns / 1e6 / this.#tokens : null,
      durationMs,
      latencyMs: this.#answered === 0 ? null : this.#answeredNs / this.#answered / 1e6,
    };
  }
}

function speedOf(record: RequestRecord): RateSample | null {
  const facts = requestFacts(record);
  for (const metric of [decodeSpeed, generatedSpeed]) {
    const rate = metric.rate(facts);
    if (!isMissing(rate) && rate.ns > 0) return { amount: rate.tokens, time: rate.ns / 1e9 };
  }
  return null;
}
