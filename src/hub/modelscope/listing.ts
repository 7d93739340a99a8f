import type { HubClient } from '../hub-client.ts';
import { HubHttpError } from '../http-error.ts';
import { isObject, strangeAnswer } from '../json-object.ts';
import type { RemoteFile } from '../remote-file.ts';

// The listing has no pages: it is silently cut here.
const cutAt = 3000;
const title = 'ModelScope';

interface Entry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  readonly sha256: string | null;
}

/** Every file of a revision. A listing that may be cut is walked folder by folder. */
export async function listFiles(client: HubClient, name: string, revision: string): Promise<RemoteFile[]> {
  return listFolder({ client, name, revision }, '');
}

interface Walk {
  readonly client: HubClient;
  readonly name: string;
  readonly revision: string;
}

async function listFolder(walk: Walk, folder: string): Promise<RemoteFile[]> {
  const all = await readEntries(walk, folder, true);
  if (all.length < cutAt) return all.filter(({ isFolder }) => !isFolder).map(remoteFile);
  const here = await readEntries(walk, folder, false);
  if (here.length >= cutAt) throw strangeAnswer(title, `more than ${cutAt} files in one folder of ${walk.name}`);
  const files = here.filter(({ isFolder }) => !isFolder).map(remoteFile);
  for (const { isFolder, path } of here) if (isFolder && path !== folder) files.push(...(await listFolder(walk, path)));
  return files;
}

function remoteFile({ path, bytes, sha256 }: Entry): RemoteFile {
  return { path, bytes, digest: sha256 === null ? null : { kind: 'sha256', hex: sha256 } };
}

async function readEntries({ client, name, revision }: Walk, folder: string, recursive: boolean): Promise<Entry[]> {
  const query = new URLSearchParams({ Revision: revision, Recursive: recursive ? 'True' : 'False' });
  if (folder !== '') query.set('Root', folder);
  const url = `${client.endpoint}/api/v1/models/${name}/repo/files?${query.toString()}`;
  const { value } = await client.json(url);
  if (!isObject(value)) throw strangeAnswer(title, `the listing of ${name} is no object`);
  if (value['Success'] === false) throw refusal(value, url);
  const data = value['Data'];
  const files = isObject(data) ? data['Files'] : undefined;
  if (!Array.isArray(files)) throw strangeAnswer(title, `no files in the listing of ${name}`);
  return files.map((entry: unknown) => readEntry(entry, name));
}

/** An error under HTTP status 200; its code may be a status too. */
function refusal(value: Readonly<Record<string, unknown>>, url: string): HubHttpError {
  const code = value['Code'];
  const isStatus = typeof code === 'number' && code >= 400 && code < 600;
  const said = typeof value['Message'] === 'string' ? value['Message'] : '';
  return new HubHttpError({ status: isStatus ? code : 200, errorCode: null, said, waitMs: null, url });
}

function readEntry(entry: unknown, name: string): Entry {
  if (!isObject(entry) || typeof entry['Path'] !== 'string') throw strangeAnswer(title, `a nameless file in ${name}`);
  const path = entry['Path'];
  const isFolder = entry['Type'] === 'tree';
  const bytes = entry['Size'];
  if (!isFolder && typeof bytes !== 'number') throw strangeAnswer(title, `no size for ${path} of ${name}`);
  const sha256 = entry['Sha256'];
  return {
    path,
    isFolder,
    bytes: typeof bytes === 'number' ? bytes : 0,
    sha256: typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256) ? sha256.toLowerCase() : null,
  };
}
