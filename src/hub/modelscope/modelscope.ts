import { join } from 'node:path';

import { downloadFile } from '../download-file.ts';
import { downloadFiles } from '../download-files.ts';
import { tellOnce, withFileLock } from '../file-lock.ts';
import { HubHttpError, HubUnreachableError } from '../http-error.ts';
import { HubClient } from '../hub-client.ts';
import { checkModelFolder } from '../model-folder.ts';
import type { CachedModel, HubFailure, ModelHub } from '../model-hub.ts';
import type { LocatedModel, ModelRequest } from '../model-request.ts';
import { neededFiles } from '../needed-files.ts';
import type { RemoteFile } from '../remote-file.ts';
import { ModelScopeCache } from './cache.ts';
import { explainModelScope } from './explain.ts';
import { listFiles } from './listing.ts';
import { type ModelScopeSettings, readModelScopeSettings } from './settings.ts';
import { VerifiedFiles } from './verified-files.ts';

const title = 'ModelScope';
const metadataTimeoutMs = 15_000;
const downloadTimeoutMs = 60_000;

/** ModelScope, asked for one model. */
export async function openModelScope(request: ModelRequest): Promise<ModelHub> {
  return new ModelScope(request, await readModelScopeSettings(request.environment));
}

class ModelScope implements ModelHub {
  readonly name = 'modelscope';
  readonly title = title;
  readonly #request: ModelRequest;
  readonly #settings: ModelScopeSettings;
  readonly #revision: string;
  readonly #cache: ModelScopeCache;
  readonly #waiting: () => void;

  constructor(request: ModelRequest, settings: ModelScopeSettings) {
    this.#request = request;
    this.#settings = settings;
    this.#revision = request.revision ?? 'master';
    this.#cache = new ModelScopeCache(settings.cache, request.name);
    this.#waiting = tellOnce(request.tell, `another process downloads ${request.name}: its files are awaited.`);
  }

  async cached(): Promise<CachedModel | null> {
    let best: CachedModel | null = null;
    for (const { path, revision } of await this.#cache.candidates(this.#request.revision)) {
      const { missing, bytes } = await checkModelFolder(path, this.#request.need);
      if (bytes === 0) continue;
      if (best === null || missing.length < best.missing.length) best = { path, revision, missing, bytes };
    }
    return best;
  }

  async bring(): Promise<LocatedModel> {
    const { name, need, signal } = this.#request;
    const { client, listed } = await this.#list();
    const files = neededFiles(listed, { name, need, title });
    const folder = await this.#cache.folder(this.#revision);
    const verified = await VerifiedFiles.read(this.#cache.root, folder);
    const brought = await downloadFiles({
      files,
      folder: this.#cache.root,
      folderVariable: 'MODELSCOPE_CACHE',
      isThere: (file) => verified.has(file),
      partial: (file) => partialOf(join(folder, file.path)),
      bring: (file, came) =>
        withFileLock({ path: this.#cache.lock(file.path), signal, waiting: this.#waiting }, async () => {
          if (await verified.has(file)) return;
          await this.#bringFile({ client, file, folder, came });
          await verified.add(file);
        }),
      progress: (state) => this.#request.progress(state),
    });
    await verified.save();
    return {
      path: folder,
      source: 'modelscope',
      revision: this.#revision,
      fromCache: brought === 0,
      bytes: files.reduce((bytes, file) => bytes + file.bytes, 0),
    };
  }

  explain(failure: HubFailure): { message: string; hint: string } {
    return explainModelScope(failure, {
      name: this.#request.name,
      revision: this.#revision,
      hasToken: this.#settings.token !== null,
    });
  }

  /** The listing of the first site that has the model. */
  async #list(): Promise<{ client: HubClient; listed: RemoteFile[] }> {
    let first: unknown = null;
    for (const endpoint of this.#settings.endpoints) {
      const client = this.#client(endpoint);
      try {
        return { client, listed: await listFiles(client, this.#request.name, this.#revision) };
      } catch (error) {
        const isElsewhere = error instanceof HubUnreachableError || error instanceof HubHttpError;
        if (!isElsewhere) throw error;
        first ??= error;
      }
    }
    throw first;
  }

  #client(endpoint: string): HubClient {
    const { token } = this.#settings;
    const credentials: Record<string, string> =
      token === null ? {} : { authorization: `Bearer ${token}`, cookie: `m_session_id=${token}` };
    const { tell, signal } = this.#request;
    return new HubClient({ title, endpoint, credentials, metadataTimeoutMs, downloadTimeoutMs, tell, signal });
  }

  async #bringFile(input: {
    client: HubClient;
    file: RemoteFile;
    folder: string;
    came: (bytes: number) => void;
  }): Promise<void> {
    const { client, file, folder, came } = input;
    const { name, signal } = this.#request;
    const query = new URLSearchParams({ Revision: this.#revision, FilePath: file.path });
    const target = join(folder, file.path);
    await downloadFile({
      file,
      partial: partialOf(target),
      target,
      request: (offset) => client.file(`${client.endpoint}/api/v1/models/${name}/repo?${query.toString()}`, offset),
      came,
      signal,
    });
  }
}

// The name is ours alone: ModelScope's client appends to `FILE.incomplete` under a lock of its own.
function partialOf(target: string): string {
  return `${target}.tokometer.incomplete`;
}
