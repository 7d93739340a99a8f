import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { checkedToken, expandHome, firstSet, homeOf, secondsAsMs } from '../environment-values.ts';
import type { Environment } from '../model-request.ts';

export interface HuggingFaceSettings {
  readonly endpoint: string;
  readonly token: string | null;
  /** Folder of all models, `.../hub`. */
  readonly cache: string;
  readonly metadataTimeoutMs: number;
  readonly downloadTimeoutMs: number;
}

/** Reads the variables of Hugging Face's own clients, in their order of precedence. */
export async function readHuggingFaceSettings(environment: Environment): Promise<HuggingFaceSettings> {
  const caches = firstSet(environment, 'XDG_CACHE_HOME') ?? join(homeOf(environment), '.cache');
  const home = expandHome(firstSet(environment, 'HF_HOME') ?? join(caches, 'huggingface'), environment);
  const cache = firstSet(environment, 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE') ?? join(home, 'hub');
  const tokenFile = expandHome(firstSet(environment, 'HF_TOKEN_PATH') ?? join(home, 'token'), environment);
  const token = firstSet(environment, 'HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN');
  return {
    endpoint: (firstSet(environment, 'HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, ''),
    token: checkedToken(token ?? (await readToken(tokenFile)), 'HF_TOKEN'),
    cache: resolve(expandHome(cache, environment)),
    metadataTimeoutMs: secondsAsMs(environment, 'HF_HUB_ETAG_TIMEOUT', 10_000),
    downloadTimeoutMs: secondsAsMs(environment, 'HF_HUB_DOWNLOAD_TIMEOUT', 10_000),
  };
}

async function readToken(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim() === '' ? null : text.trim();
}
