import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { onSteadyMachine } from '../support/steady-machine.ts';
import { readSummary, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

interface Stamps {
  readonly outputTokens: number;
  readonly promptTokens: number;
  readonly writes: readonly { readonly atNs: string; readonly tokens: number }[];
}

let server: Served;
let outputs: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  server = await serveReference(['--ttft-ms', '50', '--itl-ms', '10']);
  outputs = await temporaryFolder();
});
afterAll(async () => {
  await server.stop();
  await outputs.remove();
});

const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
};

const limit = 0.005;

// 0.5 % of 50 ms is what waking a process costs on a busy machine: a client that is wrong fails each time, a moment of
// foreign load does not. A machine that needs more than that to wake any process can't tell, and says so.
test(
  'median TTFT and decode speed of 30 requests are within 0.5 % of the stamps taken before each write',
  { timeout: 180_000 },
  async (context) => {
    const seen: Comparison[] = [];
    await onSteadyMachine(context, async (holds) => {
      const { ttftError, decodeError, lateMs } = await compare();
      if (Math.abs(ttftError) < limit && Math.abs(decodeError) < limit) return;
      seen.push({ ttftError, decodeError, lateMs });
      const wakeMs = await bareWakeMs();
      const best = seen.toSorted((one, other) => one.lateMs - other.lateMs)[0];
      const isOurs = best === undefined || best.lateMs > wakeMs + 0.1 || Math.abs(best.decodeError) >= limit;
      if (seen.length === 3 && !isOurs && wakeMs > 0.2) {
        context.skip(`waking any process takes ${wakeMs.toFixed(2)} ms here: 0.25 ms of a TTFT can't be told`);
      }
      holds(false, `${JSON.stringify(seen)}; a bare socket hears of a write after ${wakeMs} ms`);
    });
  },
);

interface Comparison {
  readonly ttftError: number;
  readonly decodeError: number;
  /** Median of the client's first stamp after the server's. */
  readonly lateMs: number;
}

async function compare(): Promise<Comparison> {
  const argv = ['perf', '--url', `${server.url}/v1/completions`, '--model', 'm', '--prompt-lengths', '16'];
  const ended = await tokometer([...argv, '--max-tokens', '32', '-n', '30', '--json', '--outputs-dir', outputs.path]);
  expect(ended.code).toBe(0);
  const summary = readSummary(ended.stdout);
  const row = summary.rows[0];
  const ttft = row?.values['ttft'];
  const decode = row?.values['decode_speed'];
  expect(ttft?.n).toBe(30);

  const measured = await stampsOf(16, 30);
  // The server's clock is the client's: a write's stamp minus the client's t0 is the TTFT without the way back.
  const originNs = BigInt(await monotonicOrigin(summary.directory));
  const sentNs = (row?.requests ?? [])
    .filter((request) => request.phase === 'measured')
    .map((request) => request.sentMs * 1e6);
  const trueTtftMs = measured.map(
    (stamp, place) => (Number(BigInt(stamp.writes[0]?.atNs ?? 0) - originNs) - (sentNs[place] ?? NaN)) / 1e6,
  );
  const trueDecode = measured.map((stamp) => {
    const first = BigInt(stamp.writes[0]?.atNs ?? 0);
    const last = BigInt(stamp.writes.at(-1)?.atNs ?? 0);
    return (31 / Number(last - first)) * 1e9;
  });
  const trueMs = median(trueTtftMs);
  const ttftMs = median([...(ttft?.raw ?? [])]);
  return {
    ttftError: ttftMs / trueMs - 1,
    decodeError: median([...(decode?.raw ?? [])]) / median(trueDecode) - 1,
    lateMs: ttftMs - trueMs,
  };
}

/** The last requests with prompts of this length, as the server stamped them. */
async function stampsOf(promptTokens: number, count: number): Promise<readonly Stamps[]> {
  const stamps: Stamps[] = JSON.parse(await (await fetch(`${server.url}/reference/stamps`)).text());
  const measured = stamps
    .filter((stamp) => stamp.promptTokens === promptTokens && stamp.outputTokens === 32)
    .slice(-count);
  expect(measured).toHaveLength(count);
  return measured;
}

/** Median time from the server's first write to the read callback of a socket that does nothing but take the time. */
async function bareWakeMs(): Promise<number> {
  const count = 20;
  const readNs: bigint[] = [];
  for (let request = 0; request < count; request++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    readNs.push(await firstEventNs(new URL(server.url)));
  }
  const stamps = await stampsOf(15, count);
  return median(stamps.map((stamp, place) => Number((readNs[place] ?? 0n) - BigInt(stamp.writes[0]?.atNs ?? 0)) / 1e6));
}

function firstEventNs(url: URL): Promise<bigint> {
  const prompt = Array.from({ length: 15 }, (_, id) => id + 1);
  const body = JSON.stringify({ model: 'm', prompt, max_tokens: 32, stream: true, ignore_eos: true });
  const head = `POST /v1/completions HTTP/1.1\r\nhost: ${url.host}\r\nconnection: close\r\ncontent-type: application/json\r\n`;
  return new Promise((resolve, reject) => {
    let firstNs: bigint | null = null;
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      const atNs = process.hrtime.bigint();
      if (firstNs === null && bytes.includes('data: ')) firstNs = atNs;
    });
    socket.on('error', reject);
    socket.on('close', () => (firstNs === null ? reject(new Error('no event came')) : resolve(firstNs)));
  });
}

async function monotonicOrigin(directory: string): Promise<string> {
  const environment: { monotonicOriginNs: string } = JSON.parse(
    await readFile(`${directory}/environment.json`, 'utf8'),
  );
  return environment.monotonicOriginNs;
}
