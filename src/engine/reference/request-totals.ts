import type { StampPage } from './stamp-book.ts';

/** What the server has counted since its start, of requests that were answered whole. */
export class RequestTotals {
  #requests = 0;
  #promptTokens = 0;
  #outputTokens = 0;
  #withTokens = 0;
  #ttftSeconds = 0;
  #latencySeconds = 0;
  #decodeSeconds = 0;

  /** Takes in the stamps of an answer, its times multiplied by `scale`: any but 1 is a lie. */
  add(page: StampPage, scale: number): void {
    this.#requests++;
    this.#promptTokens += page.promptTokens;
    const span = page.span();
    if (span === null) return;
    const { firstNs, lastNs, tokens } = span;
    this.#withTokens++;
    this.#outputTokens += tokens;
    this.#ttftSeconds += secondsOf(firstNs - page.receivedNs) * scale;
    this.#latencySeconds += secondsOf(lastNs - page.receivedNs) * scale;
    this.#decodeSeconds += secondsOf(lastNs - firstNs) * scale;
  }

  /** In the Prometheus text format, under vLLM's names; a histogram has its widest bucket alone. */
  text(model: string): string {
    const label = `engine="0",model_name="${model.replaceAll(/[\\"]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`;
    return [
      ...counter('vllm:prompt_tokens', 'Prompt tokens of answered requests.', { label, value: this.#promptTokens }),
      ...counter('vllm:generation_tokens', 'Generated tokens.', { label, value: this.#outputTokens }),
      ...histogram('vllm:time_to_first_token_seconds', 'Headers read to first token written.', {
        label,
        count: this.#withTokens,
        sum: this.#ttftSeconds,
      }),
      ...histogram('vllm:e2e_request_latency_seconds', 'Headers read to last token written.', {
        label,
        count: this.#requests,
        sum: this.#latencySeconds,
      }),
      ...histogram('vllm:request_decode_time_seconds', 'First to last token written.', {
        label,
        count: this.#requests,
        sum: this.#decodeSeconds,
      }),
      '',
    ].join('\n');
  }
}

function counter(name: string, help: string, { label, value }: { label: string; value: number }): string[] {
  return [`# HELP ${name}_total ${help}`, `# TYPE ${name}_total counter`, `${name}_total{${label}} ${value}`];
}

function histogram(
  name: string,
  help: string,
  { label, count, sum }: { label: string; count: number; sum: number },
): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} histogram`,
    `${name}_bucket{${label},le="+Inf"} ${count}`,
    `${name}_count{${label}} ${count}`,
    `${name}_sum{${label}} ${sum}`,
  ];
}

function secondsOf(ns: bigint): number {
  return Number(ns) / 1e9;
}
