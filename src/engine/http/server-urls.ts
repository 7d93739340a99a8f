import { routeOf } from './route.ts';

/** A server's other addresses, by its completions endpoint. */
export interface ServerUrls {
  readonly models: URL;
  readonly tokenize: URL;
  readonly version: URL;
  readonly properties: URL;
  readonly serverInfo: URL;
  /** Its name before SGLang 0.5; newer versions log a warning when they are asked by it. */
  readonly olderServerInfo: URL;
  readonly metrics: URL;
  /** The endpoint that a wrong path was most likely meant to be. */
  readonly likelyEndpoint: string;
}

/**
 * `http://host/prefix/v1/completions`: models are under `/prefix/v1`, the rest under `/prefix`; so they are by
 * `http://host/prefix/generate`.
 */
export function serverUrls(endpoint: string): ServerUrls {
  const url = new URL(endpoint);
  const given = url.pathname.replace(/\/+$/, '');
  const path = routeOf(endpoint) === 'generate' ? given.replace(/\/generate$/, '/v1/completions') : given;
  const api = path.replace(/\/(?:chat\/)?completions$/, '');
  const isEndpoint = api !== path;
  const versioned = /\/v\d+[a-z]*$/.exec(api);
  const root = versioned === null ? (isEndpoint ? api : '') : api.slice(0, versioned.index);
  const apiPath = versioned === null ? `${root}/v1` : api;
  const at = (place: string): URL => new URL(place, url.origin);
  return {
    models: at(`${isEndpoint ? api : apiPath}/models`),
    tokenize: at(`${root}/tokenize`),
    version: at(`${root}/version`),
    properties: at(`${root}/props`),
    serverInfo: at(`${root}/server_info`),
    olderServerInfo: at(`${root}/get_server_info`),
    metrics: at(`${root}/metrics`),
    likelyEndpoint: at(`${apiPath}/completions`).href,
  };
}
