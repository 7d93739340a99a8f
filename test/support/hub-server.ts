// A local hub that speaks the HTTP of Hugging Face and of ModelScope over folders of model files: listings, revisions,
// downloads with ranges, redirects to a content server on a second port, gates, and faults on demand.
import { createServer, type IncomingMessage, type Server } from 'node:http';

import { answerHuggingFace } from './hub-server/hugging-face.ts';
import { answerModelScope } from './hub-server/modelscope.ts';
import { type HubFaults, type HubRoute, sendJson, takeFileFault } from './hub-server/route.ts';
import { sendFile } from './hub-server/send-file.ts';
import { ServedModel } from './hub-server/served-model.ts';

export interface HubServerInput {
  /** Hub id to the folder with its files. */
  readonly models: Readonly<Record<string, string>>;
  readonly faults?: HubFaults;
  /** Entries of a page of Hugging Face's listing; 1000. */
  readonly pageSize?: number;
  /** Files from this size on are redirected to the content server; 4096. */
  readonly largeFileBytes?: number;
}

export interface SeenRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly range: string | null;
  readonly authorization: string | null;
  readonly cookie: string | null;
  /** `content`: the server that large files are redirected to. */
  readonly server: 'hub' | 'content';
}

export interface HubServer {
  readonly url: string;
  readonly faults: HubFaults;
  readonly requests: readonly SeenRequest[];
  /** HF_ENDPOINT and MODELSCOPE_ENDPOINT. */
  readonly environment: Readonly<Record<string, string>>;
  /** Readings of file contents, redirected ones counted once. */
  fileReadings(): readonly SeenRequest[];
  /** The commit of a model's `main`. */
  commit(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts the hub on free ports of this machine. */
export async function startHubServer(input: HubServerInput): Promise<HubServer> {
  const faults: HubFaults = input.faults ?? {};
  const requests: SeenRequest[] = [];
  const models = new Map(
    Object.entries(input.models).map(([name, folder]) => {
      return [name, new ServedModel(name, folder, input.largeFileBytes ?? 4096)] as const;
    }),
  );
  const content = createServer((request, response) => {
    const url = addressOf(request);
    requests.push(seen(request, url, 'content'));
    void answerContent({ request, response, url, models, faults });
  });
  const contentOrigin = await listen(content);
  const hub = createServer((request, response) => {
    const url = addressOf(request);
    requests.push(seen(request, url, 'hub'));
    const route: HubRoute = {
      request,
      response,
      url,
      models,
      faults,
      pageSize: input.pageSize ?? 1000,
      contentUrl: (model, path) => {
        const query = new URLSearchParams({ model: model.name, path, signature: 'secret' });
        return `${contentOrigin}/content?${query.toString()}`;
      },
    };
    void answerHub(route);
  });
  const origin = await listen(hub);
  return {
    url: origin,
    faults,
    requests,
    environment: { HF_ENDPOINT: origin, MODELSCOPE_ENDPOINT: origin },
    fileReadings: () => requests.filter((request) => request.method === 'GET' && isFileReading(request, models)),
    commit: async (name) => (await models.get(name)?.commit()) ?? '',
    close: async () => {
      for (const server of [hub, content]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function answerHub(route: HubRoute): Promise<void> {
  try {
    if (await answerModelScope(route)) return;
    if (await answerHuggingFace(route)) return;
    sendJson(route.response, 404, { error: 'no such route' });
  } catch (error) {
    sendJson(route.response, 500, { error: String(error) });
  }
}

async function answerContent(
  route: Pick<HubRoute, 'request' | 'response' | 'url' | 'models' | 'faults'>,
): Promise<void> {
  const { request, response, url, models, faults } = route;
  // Signed addresses of object stores refuse a second kind of credentials.
  if (request.headers.authorization !== undefined || request.headers.cookie !== undefined) {
    sendJson(response, 400, { error: 'only one kind of credentials is allowed' });
    return;
  }
  const path = url.searchParams.get('path') ?? '';
  const file = await models.get(url.searchParams.get('model') ?? '')?.file(path);
  if (file === undefined || url.searchParams.get('signature') !== 'secret') {
    sendJson(response, 403, { error: 'the signature does not match' });
    return;
  }
  await sendFile({ request, response, file, fault: takeFileFault(faults, path), headers: { etag: '"content"' } });
}

function isFileReading({ path, query, server }: SeenRequest, models: ReadonlyMap<string, ServedModel>): boolean {
  if (server === 'content') return true;
  const isLarge = (name: string, file: string): boolean => models.get(name)?.isLarge(file) === true;
  const huggingFace = /^\/(.+?)\/resolve\/[^/]+\/(.+)$/.exec(path);
  if (huggingFace !== null) return !isLarge(huggingFace[1] ?? '', huggingFace[2] ?? '');
  const modelScope = /^\/api\/v1\/models\/(.+)\/repo$/.exec(path);
  return modelScope !== null && !isLarge(modelScope[1] ?? '', query.get('FilePath') ?? '');
}

function seen(request: IncomingMessage, url: URL, server: SeenRequest['server']): SeenRequest {
  return {
    method: request.method ?? '',
    path: decodeURIComponent(url.pathname),
    query: url.searchParams,
    range: request.headers.range ?? null,
    authorization: request.headers.authorization ?? null,
    cookie: request.headers.cookie ?? null,
    server,
  };
}

function addressOf(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}
