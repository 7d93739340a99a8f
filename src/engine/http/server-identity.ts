import type { CacheState } from '../../contract/engine.ts';
import type { CallAnswer, ServerCalls } from './server-calls.ts';
import { countOf, fieldOf, textOf } from './server-words.ts';
import type { ServerUrls } from './server-urls.ts';

export type ServerKind = 'vLLM' | 'llama-server' | 'SGLang' | 'OpenAI-compatible server';

/** What a server says of itself. */
export interface ServerIdentity {
  readonly kind: ServerKind;
  readonly version: string | null;
  /** Longest prompt + generation of the model that is asked for. */
  readonly maxLength: number | null;
  readonly cache: CacheState;
  /** Names under which it serves models; empty: it lists none. */
  readonly models: readonly string[];
}

const questionTimeoutMs = 5000;

/** Asks a server who it is. Never fails: what it does not answer stays unknown. */
export async function identifyServer(calls: ServerCalls, urls: ServerUrls, model: string): Promise<ServerIdentity> {
  const listing = await calls.get(urls.models, questionTimeoutMs);
  const entries = listOf(fieldOf(listing.json, 'data'));
  const models = entries.flatMap((entry) => textOf(fieldOf(entry, 'id')) ?? []);
  const served = entries.find((entry) => fieldOf(entry, 'id') === model) ?? entries[0];
  const kind = listing.status === 0 ? 'OpenAI-compatible server' : kindOf(listing, served);
  const maxLength = countOf(fieldOf(served, 'max_model_len'));
  if (kind === 'vLLM') return { kind, models, maxLength, ...(await vllmFacts(calls, urls)) };
  if (kind === 'SGLang') return { kind, models, maxLength, ...(await sglangFacts(calls, urls)) };
  const properties = listing.status === 0 ? undefined : (await calls.get(urls.properties, questionTimeoutMs)).json;
  const slotLength = countOf(fieldOf(properties, 'default_generation_settings', 'n_ctx'));
  if (kind === 'llama-server' || slotLength !== null) {
    const version = textOf(fieldOf(properties, 'build_info'));
    return { kind: 'llama-server', models, maxLength: slotLength ?? maxLength, version, cache: 'unknown' };
  }
  return { kind, models, maxLength, version: null, cache: 'unknown' };
}

function kindOf(listing: CallAnswer, served: unknown): ServerKind {
  const owner = textOf(fieldOf(served, 'owned_by')) ?? '';
  if (/llama\.?cpp/i.test(`${listing.headers.get('server') ?? ''} ${owner}`)) return 'llama-server';
  if (/^vllm$/i.test(owner)) return 'vLLM';
  if (/^sglang$/i.test(owner)) return 'SGLang';
  return 'OpenAI-compatible server';
}

async function vllmFacts(calls: ServerCalls, urls: ServerUrls): Promise<{ version: string | null; cache: CacheState }> {
  const version = textOf(fieldOf((await calls.get(urls.version, questionTimeoutMs)).json, 'version'));
  const metrics = await calls.get(urls.metrics, questionTimeoutMs);
  const setting = /^vllm:cache_config_info\{[^\n]*enable_prefix_caching="(\w+)"/m.exec(metrics.text)?.[1];
  return { version, cache: setting === 'True' ? 'on' : setting === 'False' ? 'off' : 'unknown' };
}

async function sglangFacts(
  calls: ServerCalls,
  urls: ServerUrls,
): Promise<{ version: string | null; cache: CacheState }> {
  const newer = await calls.get(urls.serverInfo, questionTimeoutMs);
  const { json } = newer.status === 404 ? await calls.get(urls.olderServerInfo, questionTimeoutMs) : newer;
  const disabled = fieldOf(json, 'disable_radix_cache');
  return {
    version: textOf(fieldOf(json, 'version')),
    cache: disabled === true ? 'off' : disabled === false ? 'on' : 'unknown',
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
