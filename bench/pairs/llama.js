// The embedded engine against llama-server: both by Tokometer, one GGUF file, the same threads and prompts.
import os from 'node:os';

import { seededRandom } from '../../dist/base/random.js';
import { compare, productFirst } from './compare.js';
import { openProduct } from './product.js';
import { findLlamaServer } from './requirements.js';

const promptTokens = 64;
const outputTokens = 64;
const warmups = 2;

export async function llamaPairs({ pairs, threads, model, signal, tell }) {
  const { binary, file } = findLlamaServer(model);
  const counts = threads === null ? [1, 2].filter((count) => count <= os.availableParallelism()) : [threads];
  const comparisons = [];
  let engine = null;
  for (const count of counts) {
    const result = await compareWith({ binary, file, threads: count, pairs, signal, tell });
    comparisons.push(...result.comparisons);
    engine = result.engine;
  }
  const how =
    `${file.split('/').at(-1)}, prompt ${promptTokens}, ${outputTokens} generated; first to last token, stamped by ` +
    'Tokometer on both sides: in this process, and over HTTP';
  return { title: 'the embedded engine against llama-server', engine, how, comparisons };
}

async function compareWith({ binary, file, threads, pairs, signal, tell }) {
  const common = { model: file, threads, promptLengths: [promptTokens], maxTokens: outputTokens };
  tell(`${threadText(threads)}: opening both engines`);
  const embedded = await openProduct({ api: 'local_llama', ...common }, signal);
  let server = null;
  try {
    server = await openProduct(
      // The embedded engine has no GPU: neither has the server.
      { api: 'local_llama_server', engineArguments: '--device none --n-gpu-layers 0', ...common },
      signal,
      { command: [binary] },
    );
    for (let index = 0; index < warmups; index++) {
      await embedded.request(index);
      await server.request(index);
    }
    const decode = [];
    const prefill = [];
    for (const [pair, embeddedFirst] of productFirst(pairs, seededRandom(`pairs:llama:${threads}`)).entries()) {
      const index = warmups + pair;
      const early = embeddedFirst ? await embedded.request(index) : null;
      const served = await server.request(index);
      const mine = early ?? (await embedded.request(index));
      decode.push({ product: mine.decodeNs, other: served.decodeNs, productFirst: embeddedFirst });
      prefill.push({ product: mine.ttftNs, other: served.ttftNs, productFirst: embeddedFirst });
      tell(
        `${threadText(threads)}: pair ${pair + 1} of ${pairs}, embedded ${(mine.decodeNs / 1e6).toFixed(1)} ms, ` +
          `llama-server ${(served.decodeNs / 1e6).toFixed(1)} ms`,
      );
    }
    const versions = [embedded.facts(), server.facts()].map(({ name, version }) => `${name} ${version ?? ''}`.trim());
    return {
      engine: versions.join(' against '),
      comparisons: [
        withBinding(compare({ what: `decode, ${threadText(threads)}`, pairs: decode, tokens: outputTokens - 1 })),
        compare({
          what: `sent to first token, ${threadText(threads)}`,
          pairs: prefill,
          tokens: 1,
          costOf: 'a request',
        }),
      ],
    };
  } finally {
    await embedded.close();
    await server?.close();
  }
}

function threadText(count) {
  return count === 1 ? '1 thread' : `${count} threads`;
}

/** Surely slower by more than 2 %: the table has to say so. */
function withBinding(comparison) {
  const { interval, ratio } = comparison;
  if (interval === null || interval.low <= 1.02) return comparison;
  const percent = ((ratio - 1) * 100).toFixed(1);
  return { ...comparison, verdict: `binding included: ${percent} % slower than llama-server` };
}
