/** Where requests are really sent, or why they can't be. */
export type Endpoint = { readonly url: string; readonly moved: boolean } | { readonly problem: string };

/**
 * Speed datasets need /v1/completions: a chat template would change the prompt's length. A chat endpoint or a bare
 * server address becomes the completions endpoint of the same server. SGLang's own /generate knows no template, and stays.
 */
export function completionsEndpoint(given: string): Endpoint {
  return endpoint(given, (path) =>
    path.endsWith('/chat/completions') ? path.replace(/\/chat\/completions$/, '/completions') : path,
  );
}

/** A fixed prompt goes where the user says, to completions or chat; a bare server address becomes its completions endpoint. */
export function givenEndpoint(given: string): Endpoint {
  return endpoint(given, (path) => path);
}

function endpoint(given: string, choose: (path: string) => string): Endpoint {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    return { problem: `--url "${given}" is not a URL` };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { problem: `--url "${given}" must begin with http:// or https://` };
  }
  const path = url.pathname.replace(/\/+$/, '');
  // `/api/generate` is Ollama's, and another protocol.
  if (/(?<!\/api)\/generate$/.test(path)) {
    url.pathname = path;
    return { url: url.href, moved: false };
  }
  const other = /\/(responses|embeddings|rerank|reranks|generate|messages)$/.exec(path);
  if (other !== null) {
    return { problem: `--url "${given}" ends in /${other[1]}, and completions are measured: /v1/completions` };
  }
  const wanted = completed(choose(path));
  const moved = wanted !== path;
  url.pathname = wanted;
  return { url: url.href, moved };
}

function completed(path: string): string {
  if (path.endsWith('/completions')) return path;
  return /\/v\d+[a-z]*$/.test(path) ? `${path}/completions` : `${path}/v1/completions`;
}
