import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { checkedToken, expandHome, firstSet, homeOf, isOn } from '../environment-values.ts';
import type { Environment } from '../model-request.ts';
import { sessionInCookies } from './pickled-cookies.ts';

export interface ModelScopeSettings {
  /** Asked in this order; the first that has the model is used. */
  readonly endpoints: readonly string[];
  readonly token: string | null;
  /** Folder of all models and locks. */
  readonly cache: string;
}

const chinaSite = 'https://modelscope.cn';
const worldSite = 'https://www.modelscope.ai';

/** Reads the variables of ModelScope's own client, in their order of precedence. */
export async function readModelScopeSettings(environment: Environment): Promise<ModelScopeSettings> {
  const home = homeOf(environment);
  const cache = firstSet(environment, 'MODELSCOPE_CACHE') ?? join(home, '.cache', 'modelscope');
  const cookies = join(home, '.modelscope', 'credentials', 'cookies');
  const token = firstSet(environment, 'MODELSCOPE_API_TOKEN');
  return {
    endpoints: endpointsOf(environment),
    token: checkedToken(token ?? (await readSession(cookies)), 'MODELSCOPE_API_TOKEN'),
    cache: resolve(expandHome(cache, environment)),
  };
}

function endpointsOf(environment: Environment): string[] {
  const given = firstSet(environment, 'MODELSCOPE_ENDPOINT', 'MODELSCOPE_DOMAIN')?.replace(/\/+$/, '');
  if (given !== undefined) return [/^https?:\/\//.test(given) ? given : `https://${given}`];
  return isOn(environment, 'MODELSCOPE_PREFER_AI_SITE') ? [worldSite, chinaSite] : [chinaSite, worldSite];
}

async function readSession(path: string): Promise<string | null> {
  const bytes = await readFile(path).catch(() => null);
  return bytes === null ? null : sessionInCookies(bytes);
}
