import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

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

// 0.5 % of 50 ms is what waking a process costs on a busy machine: a client that is wrong fails each time, a moment of
// foreign load does not.
test(
  'median TTFT and decode speed of 30 requests are within 0.5 % of the stamps taken before each write',
  {
    retry: 3,
  },
  async () => {
    const argv = ['perf', '--url', `${server.url}/v1/completions`, '--model', 'm', '--prompt-lengths', '16'];
    const ended = await tokometer([...argv, '--max-tokens', '32', '-n', '30', '--json', '--outputs-dir', outputs.path]);
    expect(ended.code).toBe(0);
    const summary = readSummary(ended.stdout);
    const row = summary.rows[0];
    const ttft = row?.values['ttft'];
    const decode = row?.values['decode_speed'];
    expect(ttft?.n).toBe(30);

    const stamps: Stamps[] = JSON.parse(await (await fetch(`${server.url}/reference/stamps`)).text());
    const measured = stamps.filter((stamp) => stamp.promptTokens === 16 && stamp.outputTokens === 32).slice(-30);
    expect(measured).toHaveLength(30);
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
    const ttftError = median([...(ttft?.raw ?? [])]) / median(trueTtftMs) - 1;
    const decodeError = median([...(decode?.raw ?? [])]) / median(trueDecode) - 1;
    expect(Math.abs(ttftError)).toBeLessThan(0.005);
    expect(Math.abs(decodeError)).toBeLessThan(0.005);
  },
);

async function monotonicOrigin(directory: string): Promise<string> {
  const environment: { monotonicOriginNs: string } = JSON.parse(
    await readFile(`${directory}/environment.json`, 'utf8'),
  );
  return environment.monotonicOriginNs;
}
