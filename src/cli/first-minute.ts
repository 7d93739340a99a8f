// `tokometer` and nothing more, on a terminal: what could be measured here, and the command that does it.
import { createInterface } from 'node:readline/promises';

import { oneLine, shellWord } from '../base/escape.ts';
import { findServers, type LocalServer } from '../run/verb/find-servers.ts';

/** One command line that benchmarks a served model. */
interface Offer {
  readonly server: LocalServer;
  readonly model: string;
  readonly words: readonly string[];
}

/** Shows what is served on this machine and asks what to measure; gives the words after `tokometer`, or null. */
export async function offerServers(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
): Promise<readonly string[] | null> {
  const { servers, looked } = await findServers();
  if (servers.length === 0) {
    stdout.write(`No model is served on this machine's usual ports: ${looked.join(', ')}.\n\n${withoutServer}`);
    return null;
  }
  const offers = servers.flatMap(offersOf);
  stdout.write(`Served on this machine:\n\n`);
  for (const [place, { server, model, words }] of offers.entries()) {
    stdout.write(`  ${place + 1}  ${oneLine(model, 100)}  on ${server.url}, the usual port of ${server.program}\n`);
    stdout.write(`     tokometer ${words.map((word) => shellWord(oneLine(word, 500))).join(' ')}\n\n`);
  }
  return choose(offers, stdin, stdout);
}

const withoutServer = `Without a server:

  tokometer perf --api local_llama --model Qwen/Qwen2.5-0.5B-Instruct --load-format dummy --fit 2m
                                   an engine that comes along, on random weights: two minutes, no download
  tokometer perf --url http://HOST:PORT/v1/completions --model NAME
                                   a server somewhere else
  tokometer --help                 all commands
`;

function offersOf(server: LocalServer): Offer[] {
  return server.models.map((model) => ({
    server,
    model,
    words: ['perf', '--url', `${server.url}/v1/completions`, '--model', model],
  }));
}

async function choose(
  offers: readonly Offer[],
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
): Promise<readonly string[] | null> {
  const lines = createInterface({ input: stdin, output: stdout });
  const others = offers.length === 1 ? '' : `, 2${offers.length === 2 ? '' : ` to ${offers.length}`} another`;
  try {
    const closed = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
    const answer = await Promise.race([lines.question(`Enter measures 1${others}, q leaves: `), closed]);
    if (answer === null) return null;
    const place = answer.trim() === '' ? 1 : Number(answer);
    return offers[place - 1]?.words ?? null;
  } finally {
    lines.close();
  }
}
