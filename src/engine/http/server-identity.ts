import { maskedText } from '../../base/mask-secrets.ts';
import type { CacheState } from '../../contract/engine.ts';
import type { ServerManifest } from '../../contract/manifest.ts';
import type { CallAnswer, ServerCalls } from './server-calls.ts';
import { type FlagsTold, llamaFlags, sglangFlags, vllmFlags } from './server-flags.ts';
import { countOf, fieldOf, parseJson, textOf } from './server-words.ts';
import type { ServerUrls } from './server-urls.ts';

export type ServerKind = 'vLLM' | 'llama-server' | 'SGLang' | 'OpenAI-compatible server';

/** What a server says of itself. */
export interface ServerIdentity extends FlagsTold {
  readonly kind: ServerKind;
  readonly version: string | null;
  /** Longest prompt + generation of the model that is asked for. */
  readonly maxLength: number | null;
  readonly cache: CacheState;
  /** Names under which it serves models; empty: it lists none. */
  readonly models: readonly string[];
  /** Its answers as they came; null: it was not asked. */
  readonly manifest: ServerManifest | null;
}

// A server that loads its model answers the listing late; what it says besides is not worth a wait.
const listingTimeoutMs = 5000;
const questionTimeoutMs = 800;
const questionsTimeoutMs = 2000;
// Longer ones are no facts of a server.
const longestAnswer = 256 * 1024;

export const unknownServer: ServerIdentity = {
  kind: 'OpenAI-compatible server',
  version: null,
  maxLength: null,
  cache: 'unknown',
  models: [],
  flags: 'unknown',
  settings: {},
  manifest: null,
};

/**
 * Asks a server who it is. Never fails: what it does not answer stays unknown. `secret` is masked wherever
 * an answer has it.
 */
export async function identifyServer(
  calls: ServerCalls,
  urls: ServerUrls,
  { model, secret }: { model: string; secret: string | null },
): Promise<ServerIdentity> {
  const listing = await calls.get(urls.models, listingTimeoutMs);
  if (listing.status === 0) return unknownServer;
  const untilMs = performance.now() + questionsTimeoutMs;
  const ask = (url: URL): Promise<CallAnswer> =>
    calls.get(url, Math.min(questionTimeoutMs, Math.max(1, untilMs - performance.now())));
  // One after the other, on one connection: in llama-server each that stays open holds a thread.
  const version = await ask(urls.version);
  const properties = await ask(urls.properties);
  const newerInfo = await ask(urls.serverInfo);
  const metrics = await ask(urls.metrics);
  const entries = listOf(fieldOf(listing.json, 'data'));
  const models = entries.flatMap((entry) => textOf(fieldOf(entry, 'id')) ?? []);
  const served = entries.find((entry) => fieldOf(entry, 'id') === model) ?? entries[0];
  const slotLength = countOf(fieldOf(properties.json, 'default_generation_settings', 'n_ctx'));
  const named = kindOf(listing, served);
  const kind = named === 'OpenAI-compatible server' && slotLength !== null ? 'llama-server' : named;
  // Newer versions log a warning when they are asked by the older name.
  const isOlder = kind === 'SGLang' && newerInfo.status === 404;
  const serverInfo = isOlder ? await ask(urls.olderServerInfo) : newerInfo;
  const cacheConfig = cacheConfigOf(metrics.text);
  const manifest: ServerManifest = {
    version: kept(version, secret),
    models: kept(listing, secret),
    properties: kept(properties, secret),
    serverInfo: kept(serverInfo, secret),
    cacheConfig,
  };
  const found = { kind, models, manifest };
  const maxLength = countOf(fieldOf(served, 'max_model_len'));
  switch (kind) {
    case 'vLLM': {
      const setting = cacheConfig?.['enable_prefix_caching'];
      const cache = setting === 'True' ? 'on' : setting === 'False' ? 'off' : 'unknown';
      const told = vllmFlags(cacheConfig, metrics.text);
      return { ...found, ...told, version: textOf(fieldOf(version.json, 'version')), maxLength, cache };
    }
    case 'SGLang': {
      const info = serverInfo.json;
      const disabled = fieldOf(info, 'disable_radix_cache');
      const cache = disabled === true ? 'off' : disabled === false ? 'on' : 'unknown';
      return { ...found, ...sglangFlags(info), version: textOf(fieldOf(info, 'version')), maxLength, cache };
    }
    case 'llama-server': {
      const build = textOf(fieldOf(properties.json, 'build_info'));
      const told = llamaFlags(properties.json);
      return { ...found, ...told, version: build, maxLength: slotLength ?? maxLength, cache: 'unknown' };
    }
    case 'OpenAI-compatible server':
      return { ...unknownServer, ...found, maxLength };
  }
}

function kindOf(listing: CallAnswer, served: unknown): ServerKind {
  const owner = textOf(fieldOf(served, 'owned_by')) ?? '';
  if (/llama\.?cpp/i.test(`${listing.headers.get('server') ?? ''} ${owner}`)) return 'llama-server';
  if (/^vllm$/i.test(owner)) return 'vLLM';
  if (/^sglang$/i.test(owner)) return 'SGLang';
  return 'OpenAI-compatible server';
}

function cacheConfigOf(metrics: string): Readonly<Record<string, string>> | null {
  const labels = /^vllm:cache_config_info\{([^\n]*)\}/m.exec(metrics)?.[1];
  if (labels === undefined) return null;
  return Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));
}

function kept(answer: CallAnswer | undefined, secret: string | null): unknown {
  if (answer === undefined || answer.json === undefined || answer.text.length > longestAnswer) return null;
  if (secret === null || secret === '') return answer.json;
  return parseJson(answer.text.replaceAll(secret, maskedText)) ?? null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
