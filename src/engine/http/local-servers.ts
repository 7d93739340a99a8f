import { fieldOf, parseJson, textOf } from './server-words.ts';

/** A program that serves an OpenAI-compatible API, and the port where it does unless told otherwise. */
export interface UsualPort {
  readonly port: number;
  readonly program: string;
}

export const usualPorts: readonly UsualPort[] = [
  { port: 8000, program: 'vLLM' },
  { port: 30_000, program: 'SGLang' },
  { port: 8080, program: 'llama-server' },
  { port: 11_434, program: 'Ollama' },
  { port: 1234, program: 'LM Studio' },
  { port: 3000, program: 'TGI' },
];

/** A server that listed its models. */
export interface LocalServer extends UsualPort {
  /** Without a path: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** At least one. */
  readonly models: readonly string[];
}

const timeoutMs = 1500;
const mostBytes = 1024 * 1024;

/**
 * Asks this machine's own ports, and no other machine's, for `/v1/models`; gives those that answered with a list, in the order
 * of the ports. Never fails, and takes no longer than 1.5 s.
 */
export async function findLocalServers(ports: readonly UsualPort[] = usualPorts): Promise<LocalServer[]> {
  const found = await Promise.all(ports.map(ask));
  return found.filter((server) => server !== null);
}

async function ask({ port, program }: UsualPort): Promise<LocalServer | null> {
  const url = `http://127.0.0.1:${port}`;
  try {
    const answer = await fetch(`${url}/v1/models`, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    const models = answer.ok ? modelsOf(parseJson(await shortText(answer))) : [];
    return models.length === 0 ? null : { port, program, url, models };
  } catch {
    // Nobody there, or nothing that speaks HTTP: that is what is to be found out.
    return null;
  }
}

async function shortText(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.length;
    if (bytes > mostBytes) return '';
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function modelsOf(listing: unknown): string[] {
  const entries = fieldOf(listing, 'data');
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => textOf(fieldOf(entry, 'id')) ?? []);
}
