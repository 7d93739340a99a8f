import { failQuestion, type HubRoute, sendJson, takeFileFault } from './route.ts';
import { sendFile } from './send-file.ts';
import type { ServedFile, ServedModel } from './served-model.ts';

/** Answers Hugging Face's routes; false: it is none of them. */
export async function answerHuggingFace(route: HubRoute): Promise<boolean> {
  const { url, request } = route;
  const question = /^\/api\/models\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
  const reading = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
  const [, name, second, third] = question ?? reading ?? [];
  if (name === undefined || second === undefined || third === undefined) return false;
  if (question !== null && failQuestion(route)) return true;
  const revision = decodeURIComponent(question === null ? second : third);
  const model = route.models.get(name);
  if (model === undefined) return refuse(route, 401, 'RepoNotFound', 'Repository not found');
  const token = route.faults.gated?.[name];
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
    const status = request.headers.authorization === undefined ? 401 : 403;
    return refuse(route, status, 'GatedRepo', `Access to model ${name} is restricted.`);
  }
  const commit = await model.commit();
  if (revision !== 'main' && revision !== commit) {
    return refuse(route, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  }
  if (question === null) await sendResolved(route, { model, commit, path: decodeURIComponent(third) });
  else if (second === 'tree') await sendTree(route, model);
  else await sendRevision(route, model, commit);
  return true;
}

function refuse({ response }: HubRoute, status: number, code: string, message: string): true {
  sendJson(response, status, { error: message }, { 'x-error-code': code, 'x-error-message': message });
  return true;
}

async function sendRevision({ response, faults }: HubRoute, model: ServedModel, commit: string): Promise<void> {
  const siblings = [...(await model.files()).keys()].map((rfilename) => ({ rfilename }));
  const gated = faults.gated?.[model.name] === undefined ? false : 'manual';
  sendJson(response, 200, { id: model.name, modelId: model.name, sha: commit, private: false, gated, siblings });
}

async function sendTree({ response, url, pageSize, faults }: HubRoute, model: ServedModel): Promise<void> {
  const files = [...(await model.files()).values()];
  const folders = new Set(
    files.flatMap(({ path }) => (path.includes('/') ? [path.slice(0, path.lastIndexOf('/'))] : [])),
  );
  const entries = [
    ...[...folders].map((path) => ({ type: 'directory', path, size: 0, oid: '0'.repeat(40) })),
    ...files.map((file) => treeEntry({ ...file, bytes: faults.listedBytes?.[file.path] ?? file.bytes })),
  ];
  const start = Number(url.searchParams.get('cursor') ?? 0);
  const next = new URL(url);
  next.searchParams.set('cursor', String(start + pageSize));
  const link = start + pageSize < entries.length ? { link: `<${next.href}>; rel="next"` } : {};
  sendJson(response, 200, entries.slice(start, start + pageSize), link);
}

// A large file's own blob is a small pointer, whose hash nobody checks.
function treeEntry({ path, bytes, sha1, sha256, isLarge }: ServedFile): object {
  if (!isLarge) return { type: 'file', path, size: bytes, oid: sha1 };
  return { type: 'file', path, size: bytes, oid: 'f'.repeat(40), lfs: { oid: sha256, size: bytes, pointerSize: 134 } };
}

async function sendResolved(
  route: HubRoute,
  { model, commit, path }: { model: ServedModel; commit: string; path: string },
): Promise<void> {
  const { request, response, faults } = route;
  const file = await model.file(path);
  if (file === undefined) {
    const headers = { 'x-error-code': 'EntryNotFound', 'x-repo-commit': commit };
    sendJson(response, 404, { error: `Entry not found: ${path}` }, headers);
    return;
  }
  if (file.isLarge) {
    response.writeHead(302, {
      location: route.contentUrl(model, path),
      'x-repo-commit': commit,
      'x-linked-etag': `"${file.sha256}"`,
      'x-linked-size': file.bytes,
      'content-length': 0,
    });
    response.end();
    return;
  }
  const headers = { 'x-repo-commit': commit, etag: `"${file.sha1}"` };
  const fault = request.method === 'GET' ? takeFileFault(faults, path) : null;
  await sendFile({ request, response, file, fault, headers });
}
