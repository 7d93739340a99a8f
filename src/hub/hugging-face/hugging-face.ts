import { join } from 'node:path';

import { downloadFile } from '../download-file.ts';
import { downloadFiles } from '../download-files.ts';
import { tellOnce, withFileLock } from '../file-lock.ts';
import { sizeOf } from '../file-size.ts';
import { HubClient } from '../hub-client.ts';
import { checkModelFolder } from '../model-folder.ts';
import type { CachedModel, HubFailure, ModelHub } from '../model-hub.ts';
import type { LocatedModel, ModelRequest } from '../model-request.ts';
import type { RemoteFile } from '../remote-file.ts';
import { neededFiles } from '../needed-files.ts';
import { wantedFiles } from '../wanted-files.ts';
import { HuggingFaceCache } from './cache.ts';
import { explainHuggingFace } from './explain.ts';
import { listFiles, resolveCommit } from './listing.ts';
import { type HuggingFaceSettings, readHuggingFaceSettings } from './settings.ts';

const title = 'Hugging Face';
const defaultBranch = 'main';

/** Hugging Face, asked for one model. */
export async function openHuggingFace(request: ModelRequest): Promise<ModelHub> {
  return new HuggingFace(request, await readHuggingFaceSettings(request.environment));
}

class HuggingFace implements ModelHub {
  readonly name = 'huggingface';
  readonly title = title;
  readonly #request: ModelRequest;
  readonly #settings: HuggingFaceSettings;
  readonly #revision: string;
  readonly #cache: HuggingFaceCache;
  readonly #waiting: () => void;

  constructor(request: ModelRequest, settings: HuggingFaceSettings) {
    this.#request = request;
    this.#settings = settings;
    this.#revision = request.revision ?? defaultBranch;
    this.#cache = new HuggingFaceCache(settings.cache, request.name);
    this.#waiting = tellOnce(request.tell, `another process downloads ${request.name}: its files are awaited.`);
  }

  async cached(): Promise<CachedModel | null> {
    const commit = await this.#cache.commitOf(this.#revision);
    if (commit === null) return null;
    const path = this.#cache.snapshot(commit);
    const { missing, bytes } = await checkModelFolder(path, this.#request.need);
    if (bytes === 0) return null;
    return { path, revision: commit, bytes, missing: (await this.#missingInTree(commit)) ?? missing };
  }

  async bring(): Promise<LocatedModel> {
    const { name, need, tell, signal } = this.#request;
    const { endpoint, token, cache, metadataTimeoutMs, downloadTimeoutMs } = this.#settings;
    const credentials: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const timeouts = { metadataTimeoutMs, downloadTimeoutMs };
    const client = new HubClient({ title, endpoint, credentials, ...timeouts, tell, signal });
    const commit = await resolveCommit(client, name, this.#revision);
    const files = neededFiles(await listFiles(client, name, commit), { name, need, title });
    const brought = await downloadFiles({
      files,
      folder: cache,
      folderVariable: 'HF_HUB_CACHE',
      isThere: (file) => this.#isThere(commit, file),
      partial: (file) => this.#cache.partial(digestOf(file)),
      bring: (file, came) => this.#bringFile({ client, commit, file, came }),
      progress: (state) => this.#request.progress(state),
    });
    if (brought > 0) await this.#cache.tag();
    // A read-only cache that holds everything is as good.
    await this.#cache.remember(this.#revision, commit).catch(() => undefined);
    return {
      path: this.#cache.snapshot(commit),
      source: 'huggingface',
      revision: commit,
      fromCache: brought === 0,
      bytes: files.reduce((bytes, file) => bytes + file.bytes, 0),
    };
  }

  explain(failure: HubFailure): { message: string; hint: string } {
    const { endpoint, token } = this.#settings;
    return explainHuggingFace(failure, {
      name: this.#request.name,
      revision: this.#revision,
      endpoint,
      hasToken: token !== null,
    });
  }

  /** A file whose blob alone is there, from another commit, only needs its link. */
  async #isThere(commit: string, file: RemoteFile): Promise<boolean> {
    if ((await sizeOf(join(this.#cache.snapshot(commit), file.path))) === file.bytes) return true;
    const digest = digestOf(file);
    if ((await sizeOf(this.#cache.blob(digest))) !== file.bytes) return false;
    await this.#cache.point(commit, file.path, digest);
    return true;
  }

  async #bringFile(input: {
    client: HubClient;
    commit: string;
    file: RemoteFile;
    came: (bytes: number) => void;
  }): Promise<void> {
    const { client, commit, file, came } = input;
    const { signal, name } = this.#request;
    const digest = digestOf(file);
    const path = file.path.split('/').map(encodeURIComponent).join('/');
    await withFileLock({ path: this.#cache.lock(digest), signal, waiting: this.#waiting }, async () => {
      if (await this.#isThere(commit, file)) return;
      await downloadFile({
        file,
        partial: this.#cache.partial(digest),
        target: this.#cache.blob(digest),
        request: (offset) => client.file(`${client.endpoint}/${name}/resolve/${commit}/${path}`, offset),
        came,
        signal,
      });
      await this.#cache.point(commit, file.path, digest);
    });
  }

  /** With the listing that Python left, what is missing is known to the byte; null: there is no such listing. */
  async #missingInTree(commit: string): Promise<string[] | null> {
    const tree = await this.#cache.tree(commit);
    if (tree === null) return null;
    const missing: string[] = [];
    for (const { path, bytes } of wantedFiles(tree, this.#request.need)) {
      if ((await sizeOf(join(this.#cache.snapshot(commit), path))) !== bytes) missing.push(path);
    }
    return missing;
  }
}

function digestOf(file: RemoteFile): string {
  // A wall: the listing refuses files without a digest.
  return file.digest?.hex ?? '';
}
