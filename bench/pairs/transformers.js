// `--api local` against a bare loop around model.generate: two processes with the same model, dtype, threads and ids.
import { fileURLToPath } from 'node:url';

import { seededRandom } from '../../dist/base/random.js';
import { median } from '../../dist/stats/quantile.js';
import { startBareProcess } from './bare-process.js';
import { compare, productFirst } from './compare.js';
import { openProduct } from './product.js';
import { findInterpreter } from './requirements.js';
import { writeTinyModel } from './tiny-model.js';

const script = fileURLToPath(new URL('bare_generate.py', import.meta.url));
const promptTokens = 64;
const outputTokens = 64;
const warmups = 4;
const settings = [
  { name: '4 layers x 512', layers: 4, hidden: 512, heads: 8, vocabulary: 4096 },
  { name: '1 layer x 128', layers: 1, hidden: 128, heads: 2, vocabulary: 2048 },
];

export async function transformersPairs({ pairs, repeats, threads, python, model, dtype, signal, tell }) {
  const interpreter = await findInterpreter('transformers', python);
  const environment = { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  Object.assign(process.env, environment);
  const comparisons = [];
  let engine = null;
  for (const setting of model === null ? settings : [{ name: model, folder: model }]) {
    const made = setting.folder === undefined ? await writeTinyModel(setting) : null;
    const folder = setting.folder ?? made.folder;
    const open = { folder, interpreter, dtype, environment, signal };
    try {
      tell(`${setting.name}: starting both processes`);
      const result = await compareOn(open, { setting, pairs, repeats, tell });
      comparisons.push(result.comparison);
      engine = result.engine;
    } finally {
      await made?.remove();
    }
  }
  const how =
    `prompt ${promptTokens}, ${outputTokens} generated, greedy, ${dtype}, ${threads} ${threads === 1 ? 'thread' : 'threads'} each; each side of a pair is the ` +
    `median of ${repeats} requests; Tokometer: sent to last token, as recorded; other: wall time around model.generate`;
  return { title: '`--api local` against a bare `model.generate`', engine, how, comparisons };
}

async function compareOn({ folder, interpreter, dtype, environment, signal }, { setting, pairs, repeats, tell }) {
  const bare = await startBareProcess(interpreter, ['-u', script, folder, dtype], {
    ...environment,
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    TOKENIZERS_PARALLELISM: 'false',
  });
  let product = null;
  try {
    product = await openProduct(
      {
        api: 'local',
        model: folder,
        loadFormat: 'dummy',
        dtype,
        python: interpreter,
        promptLengths: [promptTokens],
        maxTokens: outputTokens,
      },
      signal,
    );
    const facts = product.facts();
    if (facts.settings.threads !== bare.ready.threads) {
      throw new Error(`${facts.settings.threads} threads against ${bare.ready.threads}`);
    }
    const found = await takePairs({ product, bare, pairs, repeats, tell, name: setting.name });
    const engine = `${facts.name} ${facts.version}, torch ${bare.ready.torch}`;
    return { engine, comparison: compare({ what: setting.name, pairs: found, tokens: outputTokens }) };
  } finally {
    await product?.close();
    await bare.close();
  }
}

async function takePairs({ product, bare, pairs, repeats, tell, name }) {
  let index = 0;
  // Both sides of a pair answer the same prompts.
  const askProduct = async (from) => {
    const taken = [];
    for (let repeat = 0; repeat < repeats; repeat++) taken.push((await product.request(from + repeat)).wholeNs);
    return median(taken);
  };
  const askBare = async (from) => {
    const taken = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      taken.push((await bare.ask({ ids: product.promptIds(from + repeat), outputTokens })).ns);
    }
    return median(taken);
  };
  for (let warmup = 0; warmup < warmups; warmup++, index++) {
    await product.request(index);
    await bare.ask({ ids: product.promptIds(index), outputTokens });
  }
  const taken = [];
  for (const [pair, isProductFirst] of productFirst(pairs, seededRandom(`pairs:${name}`)).entries()) {
    const early = isProductFirst ? await askProduct(index) : null;
    const bareNs = await askBare(index);
    const productNs = early ?? (await askProduct(index));
    index += repeats;
    taken.push({ product: productNs, other: bareNs, productFirst: isProductFirst });
    tell(
      `${name}: pair ${pair + 1} of ${pairs}, Tokometer ${(productNs / 1e6).toFixed(2)} ms, bare ${(bareNs / 1e6).toFixed(2)} ms`,
    );
  }
  return taken;
}
