import type { HubClient } from '../hub-client.ts';
import { isObject, strangeAnswer } from '../json-object.ts';
import type { RemoteFile } from '../remote-file.ts';

const mostPages = 1000;
const title = 'Hugging Face';

export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** The commit that a branch or tag stands for now. */
export async function resolveCommit(client: HubClient, name: string, revision: string): Promise<string> {
  if (isCommit(revision)) return revision;
  const { value } = await client.json(`${client.endpoint}/api/models/${name}/revision/${encodeURIComponent(revision)}`);
  const commit = isObject(value) ? value['sha'] : undefined;
  if (typeof commit === 'string' && isCommit(commit)) return commit;
  throw strangeAnswer(title, `no commit for revision ${revision} of ${name}`);
}

/** Every file of a commit, with the digest that its content must have. */
export async function listFiles(client: HubClient, name: string, commit: string): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  let url: string | null = `${client.endpoint}/api/models/${name}/tree/${commit}?recursive=true&expand=false`;
  for (let page = 0; url !== null && page < mostPages; page++) {
    const { value, headers } = await client.json(url);
    if (!Array.isArray(value)) throw strangeAnswer(title, `the listing of ${name} is no list`);
    for (const entry of value) {
      const file = readEntry(entry, name);
      if (file !== null) files.push(file);
    }
    url = nextPage(headers, url);
  }
  return files;
}

function readEntry(entry: unknown, name: string): RemoteFile | null {
  if (!isObject(entry) || typeof entry['path'] !== 'string') throw strangeAnswer(title, `a nameless file in ${name}`);
  if (entry['type'] !== 'file') return null;
  const path = entry['path'];
  const lfs = entry['lfs'];
  const bytes = isObject(lfs) && typeof lfs['size'] === 'number' ? lfs['size'] : entry['size'];
  if (typeof bytes !== 'number') throw strangeAnswer(title, `no size for ${path} of ${name}`);
  if (isObject(lfs)) {
    const hex = lfs['oid'];
    if (typeof hex === 'string' && /^[0-9a-f]{64}$/.test(hex)) return { path, bytes, digest: { kind: 'sha256', hex } };
  }
  const hex = entry['oid'];
  if (typeof hex === 'string' && isCommit(hex)) return { path, bytes, digest: { kind: 'git-sha1', hex } };
  throw strangeAnswer(title, `no digest for ${path} of ${name}`);
}

function nextPage(headers: Headers, from: string): string | null {
  const next = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  return next === undefined ? null : new URL(next, from).href;
}
