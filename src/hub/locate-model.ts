// The hub room: a model's name comes in, a path on this disk goes out. A folder or file is taken as it is; a hub's model
// comes from the caches that the hubs' Python clients keep, or is downloaded into them. hugging-face/ and modelscope/:
// each hub's interface, cache and words; download-file.ts: one file, resumed and verified; wanted-files.ts: which ones.
// It must not know what engine will read the model, nor plans and runs.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { TokometerError } from '../base/errors.ts';
import { expandHome, firstSet, isOffline } from './environment-values.ts';
import { HubHttpError, HubUnreachableError } from './http-error.ts';
import { openHuggingFace } from './hugging-face/hugging-face.ts';
import { checkModelFolder } from './model-folder.ts';
import type { CachedModel, HubFailure, ModelHub } from './model-hub.ts';
import type { Environment, LocatedModel, ModelRequest } from './model-request.ts';
import { openModelScope } from './modelscope/modelscope.ts';

/**
 * Finds a model on this disk, downloading what is missing. `auto` takes what either cache holds whole, else ModelScope,
 * else Hugging Face, and tells which. Throws E_MODEL_FILE when it can't be had, E_DISK_FULL when it has no room; rejects
 * with the signal's reason when that is aborted. What came by then is kept for the next run.
 */
export async function locateModel(request: ModelRequest): Promise<LocatedModel> {
  const local = await findLocal(request);
  if (local !== null) return local;
  const hubs = await openHubs(request);
  const [first, second] = hubs;
  if (first === undefined) throw nameError(request.name);
  if (isOffline(request.environment)) return fromCaches(hubs, request);
  if (second === undefined) return fromHub(first, request);
  for (const hub of hubs) {
    const cached = await hub.cached();
    if (cached !== null && cached.missing.length === 0) return takeCached(hub, cached, request);
  }
  return fromEither(first, second, request);
}

async function findLocal({ name, need, revision, environment, tell }: ModelRequest): Promise<LocatedModel | null> {
  if (name === '') throw nameError(name);
  const path = resolve(expandHome(name, environment));
  const facts = await stat(path).catch(() => null);
  if (facts === null) {
    if (/^(\.{0,2}\/|~|[A-Za-z]:[\\/])|\\/.test(name) || !isHubId(name)) throw nameError(name);
    return null;
  }
  if (revision !== null) tell.warning(`${path} is on this disk: the revision ${revision} is not looked for.`);
  const bytes = facts.isDirectory() ? (await checkModelFolder(path, need)).bytes : facts.size;
  return { path, source: 'folder', revision: null, fromCache: false, bytes };
}

function isHubId(name: string): boolean {
  return /^[\w.-]+(\/[\w.-]+)?$/.test(name) && !name.includes('..') && !/(^|\/)[.-]/.test(name);
}

function nameError(name: string): TokometerError {
  return new TokometerError(
    'E_MODEL_FILE',
    `${JSON.stringify(name)} is no folder or file on this disk, and no hub id`,
    {
      hint: '--model takes a path, or a hub id such as Qwen/Qwen2.5-0.5B-Instruct',
    },
  );
}

/** The hubs to ask, in this order. ModelScope's ids always name an owner. */
async function openHubs(request: ModelRequest): Promise<ModelHub[]> {
  const hasOwner = request.name.includes('/');
  const hubs: ModelHub[] = [];
  if (request.hub !== 'huggingface' && hasOwner) hubs.push(await openModelScope(request));
  if (request.hub !== 'modelscope') hubs.push(await openHuggingFace(request));
  return hubs;
}

async function fromCaches(hubs: readonly ModelHub[], request: ModelRequest): Promise<LocatedModel> {
  const partial: string[] = [];
  for (const hub of hubs) {
    const cached = await hub.cached();
    if (cached === null) continue;
    const missing = essential(cached);
    if (missing.length === 0) return takeCached(hub, cached, request);
    partial.push(`the ${hub.title} cache lacks ${shortList(missing)}`);
  }
  const where = hubs.map(({ title }) => title).join(' or ');
  const found = partial.length > 0 ? partial.join('; ') : `the cache of ${where} does not hold it`;
  const at = request.revision === null ? '' : ` at revision ${request.revision}`;
  throw new TokometerError('E_MODEL_FILE', `${request.name}${at} can't be had offline: ${found}`, {
    hint: 'unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE to download it, or give a local folder as --model',
  });
}

async function fromHub(hub: ModelHub, request: ModelRequest): Promise<LocatedModel> {
  try {
    return await hub.bring();
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    const cached = failure.errorCode === 'RevisionNotFound' ? null : await hub.cached();
    if (cached === null || essential(cached).length > 0)
      throw hubError({ hub, failure, environment: request.environment }, error);
    request.tell.warning(`${hub.explain(failure).message}. The copy in its cache is used, which may be older.`);
    return takeCached(hub, cached, request);
  }
}

async function fromEither(first: ModelHub, second: ModelHub, request: ModelRequest): Promise<LocatedModel> {
  let reason: string;
  try {
    const located = await fromHub(first, request);
    request.tell.note(`${request.name} comes from ${first.title}.`);
    return located;
  } catch (error) {
    if (!(error instanceof TokometerError) || failureOf(error.cause) === null) throw error;
    reason = error.message;
  }
  request.tell.note(`${reason}. ${second.title} is asked for it.`);
  try {
    const located = await fromHub(second, request);
    request.tell.note(`${request.name} comes from ${second.title}.`);
    return located;
  } catch (error) {
    if (!(error instanceof TokometerError) || failureOf(error.cause) === null) throw error;
    throw new TokometerError('E_MODEL_FILE', `${reason}; ${error.message}`, {
      hint: 'check the spelling and the network, set HF_TOKEN or MODELSCOPE_API_TOKEN, or give a local folder as --model',
      cause: error,
    });
  }
}

function takeCached(hub: ModelHub, cached: CachedModel, { name, tell }: ModelRequest): LocatedModel {
  tell.note(`${name} comes from the ${hub.title} cache, revision ${cached.revision.slice(0, 12)}.`);
  const { path, revision, bytes } = cached;
  return { path, source: hub.name, revision, fromCache: true, bytes };
}

// A model may have no tokenizer at all; where its hub can't be asked, that is no reason to refuse it.
function essential({ missing }: CachedModel): readonly string[] {
  return missing.filter((what) => what !== 'a tokenizer');
}

function failureOf(error: unknown): HubFailure | null {
  if (error instanceof HubHttpError) return error;
  if (!(error instanceof HubUnreachableError)) return null;
  return { message: error.message, status: null, errorCode: null, said: '' };
}

interface Refusal {
  readonly hub: ModelHub;
  readonly failure: HubFailure;
  readonly environment: Environment;
}

function hubError({ hub, failure, environment }: Refusal, cause: unknown): TokometerError {
  const { message, hint } = hub.explain(failure);
  const proxy = firstSet(environment, 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy');
  const isUnused = failure.status === null && proxy !== null && environment['NODE_USE_ENV_PROXY'] !== '1';
  const proxyHint = 'behind a proxy use Node 24 or later with NODE_USE_ENV_PROXY=1; else ';
  return new TokometerError('E_MODEL_FILE', message, { hint: isUnused ? `${proxyHint}${hint}` : hint, cause });
}

function shortList(words: readonly string[]): string {
  const rest = words.length - 3;
  return rest > 0 ? `${words.slice(0, 3).join(', ')} and ${rest} more` : words.join(', ');
}
