// `--api local_vllm` against vLLM's own first and last token times: the rise of its histograms over each request.
import { setTimeout as sleep } from 'node:timers/promises';

import { compare } from './compare.js';
import { openProduct } from './product.js';
import { findInterpreter } from './requirements.js';
import { writeTinyModel } from './tiny-model.js';

const promptTokens = 64;
const outputTokens = 64;
const warmups = 4;
// Two layers, four heads of 64: smaller ones its CPU kernels do not take.
const tiny = { layers: 2, hidden: 256, heads: 4, vocabulary: 4096 };
const countLimitMs = 5000;
const histograms = {
  decode: 'vllm:request_decode_time_seconds',
  ttft: 'vllm:time_to_first_token_seconds',
  whole: 'vllm:e2e_request_latency_seconds',
};

export async function vllmPairs({ pairs, threads, python, model, dtype, signal, tell }) {
  const interpreter = await findInterpreter('vllm', python);
  process.env.OMP_NUM_THREADS = String(threads);
  const made = model === null ? await writeTinyModel(tiny) : null;
  let product = null;
  try {
    tell('starting vLLM; this takes a minute');
    product = await openProduct(
      {
        api: 'local_vllm',
        model: model ?? made.folder,
        loadFormat: 'dummy',
        dtype,
        python: interpreter,
        enforceEager: true,
        promptLengths: [promptTokens],
        maxTokens: outputTokens,
      },
      signal,
    );
    const facts = product.facts();
    const metricsUrl = new URL('/metrics', facts.url);
    for (let index = 0; index < warmups; index++) await product.request(index);
    const taken = { decode: [], ttft: [], whole: [] };
    let coalesced = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const before = await readHistograms(metricsUrl, signal);
      const mine = await product.request(warmups + pair + coalesced);
      const own = await riseSince(before, metricsUrl, signal);
      if (mine.isCoalesced) {
        coalesced++;
        tell(`a request whose tokens came together (the product marks it): asked again`);
        if (coalesced > pairs) throw new Error('vLLM sends its tokens together on this machine');
        pair--;
        continue;
      }
      taken.decode.push({ product: mine.decodeNs, other: own.decode });
      taken.ttft.push({ product: mine.ttftNs, other: own.ttft });
      taken.whole.push({ product: mine.wholeNs, other: own.whole });
      tell(
        `request ${pair + 1} of ${pairs}: decode ${(mine.decodeNs / 1e6).toFixed(2)} ms, vLLM says ${(own.decode / 1e6).toFixed(2)} ms`,
      );
    }
    return {
      title: "`--api local_vllm` against vLLM's own times",
      engine: `${facts.name} ${facts.version}`,
      how:
        `prompt ${promptTokens}, ${outputTokens} generated, ${dtype}, eager, OMP_NUM_THREADS=${threads}; the same requests on both ` +
        'sides: stamps of the client over HTTP, and the rise of the histograms on /metrics' +
        (coalesced === 0
          ? ''
          : `; ${coalesced} more asked again, as over 5 % of their tokens came in a read with others`),
      comparisons: [
        compare({ what: 'first to last token', pairs: taken.decode, tokens: outputTokens - 1 }),
        compare({ what: 'sent to first token', pairs: taken.ttft, tokens: 1, costOf: 'a request' }),
        compare({ what: 'sent to last token', pairs: taken.whole, tokens: 1, costOf: 'a request' }),
      ],
    };
  } finally {
    await product?.close();
    await made?.remove();
  }
}

async function readHistograms(url, signal) {
  const text = await (await fetch(url, { signal })).text();
  const sumOf = (name) => {
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    if (lines.length === 0) throw new Error(`vLLM tells no ${name}`);
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  return Object.fromEntries(
    Object.entries(histograms).map(([key, name]) => [
      key,
      { seconds: sumOf(`${name}_sum`), count: sumOf(`${name}_count`) },
    ]),
  );
}

/** Nanoseconds that each histogram rose by, when it has noted exactly one request more; that can come a moment late. */
async function riseSince(before, url, signal) {
  const lateMs = performance.now() + countLimitMs;
  for (;;) {
    const now = await readHistograms(url, signal);
    const counts = Object.keys(histograms).map((key) => now[key].count - before[key].count);
    if (counts.every((count) => count === 1)) {
      return Object.fromEntries(
        Object.keys(histograms).map((key) => [key, (now[key].seconds - before[key].seconds) * 1e9]),
      );
    }
    if (counts.some((count) => count > 1)) throw new Error('vLLM answered another request meanwhile');
    if (performance.now() > lateMs) throw new Error(`vLLM did not note the request within ${countLimitMs} ms`);
    await sleep(10, undefined, { signal });
  }
}
