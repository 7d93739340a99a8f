/** How a server is asked to generate: OpenAI's completions, or SGLang's own `/generate`, which needs no tokenizer. */
export type Route = 'completions' | 'generate';

// `/api/generate` is Ollama's, and another protocol.
const generatePath = /(?<!\/api)\/generate\/*$/;

/** The route of an endpoint, by the end of its path. */
export function routeOf(endpoint: string): Route {
  return generatePath.test(new URL(endpoint).pathname) ? 'generate' : 'completions';
}
