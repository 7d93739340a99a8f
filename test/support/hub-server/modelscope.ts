import { failQuestion, type HubRoute, sendJson, takeFileFault } from './route.ts';
import { sendFile } from './send-file.ts';
import type { ServedModel } from './served-model.ts';

// ModelScope's listing ends here without a word.
const cutAt = 3000;

/** Answers ModelScope's routes; false: it is none of them. */
export async function answerModelScope(route: HubRoute): Promise<boolean> {
  const { url, request } = route;
  const [, name, what] = /^\/api\/v1\/models\/([^/]+\/[^/]+)\/(repo\/files|repo|revisions)$/.exec(url.pathname) ?? [];
  if (name === undefined || what === undefined) return false;
  if (what !== 'repo' && failQuestion(route)) return true;
  const model = route.models.get(name);
  if (model === undefined) return refuse(route, 404, `Record not found: ${name}`);
  const token = route.faults.gated?.[name];
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
    return refuse(route, request.headers.authorization === undefined ? 401 : 403, 'login or access needed');
  }
  if (what === 'revisions') {
    sendData(route, { RevisionMap: { Branches: [{ Revision: 'master', CreatedAt: 0 }], Tags: [] } });
    return true;
  }
  const revision = url.searchParams.get('Revision');
  if (revision !== 'master') return refuse(route, 404, `no revision ${revision}`);
  if (what === 'repo') await sendRepoFile(route, model);
  else await sendListing(route, model);
  return true;
}

function refuse({ response }: HubRoute, status: number, message: string): true {
  sendJson(response, status, { Code: status, Message: message, RequestId: 'r', Success: false });
  return true;
}

function sendData({ response }: HubRoute, data: object): void {
  sendJson(response, 200, { Code: 200, Success: true, Message: '', RequestId: 'r', Data: data });
}

async function sendListing(route: HubRoute, model: ServedModel): Promise<void> {
  const query = route.url.searchParams;
  const root = query.get('Root') ?? '';
  const prefix = root === '' ? '' : `${root}/`;
  const isRecursive = query.get('Recursive') === 'True';
  const commit = await model.commit();
  const entries = new Map<string, object>();
  for (const { path, bytes, sha256 } of (await model.files()).values()) {
    if (!path.startsWith(prefix)) continue;
    const parts = path.slice(prefix.length).split('/');
    const folders = isRecursive ? parts.length - 1 : Math.min(parts.length - 1, 1);
    for (let depth = 1; depth <= folders; depth++) {
      const folder = prefix + parts.slice(0, depth).join('/');
      entries.set(folder, { Name: parts[depth - 1], Path: folder, Type: 'tree', Size: 0, Revision: commit });
    }
    if (!isRecursive && parts.length > 1) continue;
    const digest = route.faults.withoutSha256 === true ? {} : { Sha256: sha256 };
    entries.set(path, {
      Name: parts.at(-1),
      Path: path,
      Type: 'blob',
      Size: route.faults.listedBytes?.[path] ?? bytes,
      Revision: commit,
      ...digest,
    });
  }
  sendData(route, { Files: [...entries.values()].slice(0, cutAt) });
}

async function sendRepoFile(route: HubRoute, model: ServedModel): Promise<void> {
  const { request, response, faults, url } = route;
  const path = url.searchParams.get('FilePath') ?? '';
  const file = await model.file(path);
  if (file === undefined) {
    refuse(route, 404, `no file ${path}`);
  } else if (file.isLarge) {
    const location = route.contentUrl(model, path);
    response.writeHead(302, { location, 'x-linked-etag': `"${file.sha256}"`, 'content-length': 0 }).end();
  } else {
    await sendFile({ request, response, file, fault: takeFileFault(faults, path), headers: {} });
  }
}
