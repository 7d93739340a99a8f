import { pythonFailures, type ServerDescription } from './server-description.ts';
import { deviceEnvironment } from './server-environment.ts';

/** Any server by its command, as the user gave it: its flags are the user's own. */
export const commandServer: ServerDescription = {
  api: 'command',
  name: 'server command',
  flags: {},
  use: () => [],
  environment: (input) => deviceEnvironment(input),
  readinessPaths: ['/health', '/v1/models'],
  memory: [],
  cacheTokens: null,
  failures: pythonFailures,
  noise: /^\s*$|GET \/health|GET \/v1\/models/,
  notes: [],
};

/** The words with `{port}` and `{model}` filled in. */
export function fillCommand(words: readonly string[], { port, model }: { port: number; model: string }): string[] {
  return words.map((word) => word.replaceAll('{port}', String(port)).replaceAll('{model}', model));
}
