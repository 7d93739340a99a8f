// What a comparison needs and may not have; what is missing is a reason to skip, in words for a person.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { TokometerError } from '../../dist/index.js';
import { findPython } from '../../dist/engine/python/find-python.js';

const cache = path.join(import.meta.dirname, '../../.cache');
const variables = { transformers: 'TOKOMETER_PYTHON', vllm: 'TOKOMETER_VLLM_PYTHON' };

/** A comparison that can't be made here. */
export class Skip extends Error {}

/** --python, the variable of the engine tests, the environment that those tests made, else what the product finds. */
export async function findInterpreter(needs, python) {
  const made = path.join(cache, 'data/tokometer/env', needs, 'bin/python');
  const given = python ?? process.env[variables[needs]] ?? (existsSync(made) ? made : null);
  try {
    return (await findPython({ python: given, needs, environment: process.env })).path;
  } catch (error) {
    if (!(error instanceof TokometerError)) throw error;
    throw new Skip(`${error.message}; give --python PATH, or run npm run test:engines once`);
  }
}

/** The binary and the GGUF file of scripts/get-llama-server.js, or of the variables of the engine tests. */
export function findLlamaServer(model) {
  const manifest = path.join(cache, 'llama-server/paths.json');
  const installed = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')) : {};
  const inCache = (name) => (name === undefined ? undefined : path.join(cache, 'llama-server', name));
  const binary = process.env.TOKOMETER_LLAMA_SERVER ?? inCache(installed.binary);
  const file = model ?? process.env.TOKOMETER_LLAMA_MODEL ?? inCache(installed.model);
  if (binary === undefined || file === undefined) {
    throw new Skip(
      'no llama-server here: run node scripts/get-llama-server.js, or set TOKOMETER_LLAMA_SERVER and TOKOMETER_LLAMA_MODEL',
    );
  }
  for (const one of [binary, file]) if (!existsSync(one)) throw new Skip(`there is no file ${one}`);
  return { binary, file };
}
