import type { RequestRecord } from '../../contract/record.ts';
import type { TimeSeries } from '../../contract/report-details.ts';
import { significant } from './significant.ts';

const bins = 4096;
const mostPoints = 240;

/** Tokens by the time of their arrival, in bins that grow with the run: its memory doesn't. */
export class TokenBins {
  #tokens = new Float64Array(bins);
  #widthNs = 50e6;
  #firstNs = Infinity;
  #lastNs = -Infinity;

  add({ chunkNs, chunkTokens }: RequestRecord): void {
    let firstNs = this.#firstNs;
    let lastNs = this.#lastNs;
    for (let index = 0; index < chunkNs.length; index++) {
      const at = chunkNs[index] ?? 0;
      if (at < firstNs) firstNs = at;
      if (at > lastNs) lastNs = at;
    }
    this.#firstNs = firstNs;
    this.#lastNs = lastNs;
    while (lastNs >= this.#widthNs * bins) this.#double();
    const bin = this.#tokens;
    const widthNs = this.#widthNs;
    for (let index = 0; index < chunkNs.length; index++) {
      const place = Math.max(0, Math.floor((chunkNs[index] ?? 0) / widthNs));
      bin[place] = (bin[place] ?? 0) + (chunkTokens === null ? 1 : (chunkTokens[index] ?? 1));
    }
  }

  #double(): void {
    const wider = new Float64Array(bins);
    for (let bin = 0; bin < bins; bin++) wider[bin >> 1] = (wider[bin >> 1] ?? 0) + (this.#tokens[bin] ?? 0);
    this.#tokens = wider;
    this.#widthNs *= 2;
  }

  /** Tokens a second between the first token and the last; null where there is too little to show. */
  series(): TimeSeries | null {
    const from = Math.floor(this.#firstNs / this.#widthNs);
    const all = Math.floor(this.#lastNs / this.#widthNs) - from + 1;
    if (!(all >= 3)) return null;
    const together = Math.ceil(all / mostPoints);
    const seconds: number[] = [];
    const values: number[] = [];
    for (let bin = 0; bin < all; bin += together) {
      let tokens = 0;
      for (let one = bin; one < bin + together; one++) tokens += this.#tokens[from + one] ?? 0;
      seconds.push(significant(((from + bin + together / 2) * this.#widthNs) / 1e9));
      values.push(significant((tokens / (together * this.#widthNs)) * 1e9));
    }
    return { id: 'output', label: 'Tokens that arrived', unit: 'tokens/s', device: null, seconds, values };
  }
}
