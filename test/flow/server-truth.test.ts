// What a server counts of itself, beside what the client saw of the same requests: the built command line, real sockets.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import type { Summary, SummaryRow } from '../../src/contract/summary.ts';
import type { ServerFigureId } from '../../src/contract/server-truth.ts';
import { readTelemetry } from '../../src/store/telemetry-file.ts';
import { onSteadyMachine } from '../support/steady-machine.ts';
import {
  readSummary,
  type Served,
  serveReference,
  start,
  temporaryFolder,
  tokometer,
  type Running,
} from '../support/tokometer.ts';
import { undescribedNumbers } from '../support/undescribed-numbers.ts';

let folder: { path: string; remove(): Promise<void> };
let served: Served;
beforeAll(async () => {
  folder = await temporaryFolder();
  served = await serveReference(['--ttft-ms', '60', '--itl-ms', '5']);
});
afterAll(async () => {
  await served?.stop();
  await folder?.remove();
});

// Of a mean.
const mostApartMs = 25;
const lengths = '--prompt-lengths 8 40 --max-tokens 24 --repetitions 3'.split(' ');
const load = '--prompt hello --max-tokens 24 --parallel 4 --number 16 --repetitions 2'.split(' ');

function begin(server: Served, more: readonly string[]): Running {
  const name = path.join(folder.path, String(performance.now()));
  const flags = ['--url', `${server.url}/v1/completions`, '--model', 'reference', '--outputs-dir', name, '--json'];
  return start(['perf', ...flags, ...more]);
}

async function summaryOf(running: Running): Promise<Summary> {
  const ended = await running.ended;
  expect(ended.code, ended.stderr).toBe(0);
  return readSummary(ended.stdout);
}

const measured = (server: Served, more: readonly string[]): Promise<Summary> => summaryOf(begin(server, more));

function figure(row: SummaryRow, id: ServerFigureId): { server: number; client: number } {
  const found = row.serverTruth?.figures.find((one) => one.id === id);
  if (found == null || found.client === null) throw new Error(`no ${id}: ${JSON.stringify(row.serverTruth)}`);
  return { server: found.server, client: found.client };
}

async function withServer(argv: readonly string[]): Promise<Served> {
  const own = await serveReference(['--ttft-ms', '60', '--itl-ms', '5', ...argv]);
  onTestFinished(() => own.stop());
  return own;
}

describe('the counters of a server', () => {
  test.for<[string, readonly string[], readonly number[]]>([
    ['a speed', lengths, [3, 3]],
    ['a closed loop', load, [32]],
    ['a closed loop of client threads', [...load, '--client-threads', '2'], [32]],
    ['an open loop', '--prompt hello --max-tokens 24 --rate 20 --number 16'.split(' '), [16]],
  ])('agree on the measured requests of %s, warm-ups left out', ([_name, more, counts], context) =>
    onSteadyMachine(context, async (holds) => {
      const close = (one: number, other: number, what: string): void => {
        holds(Math.abs(one - other) < mostApartMs, `${what} of ${one} ms and of ${other} ms`);
      };
      const summary = await measured(served, more);
      expectExact(summary, counts);
      for (const row of summary.rows) {
        const { server, client } = figure(row, 'ttft');
        expect(server).toBeGreaterThanOrEqual(60);
        expect(client).toBeGreaterThan(server);
        close(client, server, 'TTFT');
        const latency = figure(row, 'latency');
        expect(latency.server).toBeGreaterThanOrEqual(60 + 23 * 5);
        close(latency.client, latency.server, 'latency');
        const decode = figure(row, 'decode_time');
        holds(decode.server > 23 * 5 - mostApartMs, `tokens came in ${decode.server} ms`);
        close(decode.client, decode.server, 'decode time');
      }
      const again = await tokometer(['report', summary.directory]);
      expect(again.stdout + again.stderr).toMatch(
        /Server +\/metrics of the server (?:agrees|differs): TTFT within [\d.]+ /,
      );
    }),
  );

  test('hold the requests of another client too: then they are not used, and the row says how many', async () => {
    const running = begin(served, lengths);
    while (running.child.exitCode === null) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const answer = await fetch(`${served.url}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: [1, 2, 3], max_tokens: 1 }),
      });
      // oxlint-disable-next-line no-await-in-loop -- the same
      await answer.arrayBuffer();
      // oxlint-disable-next-line no-await-in-loop -- the same
      await sleep(5);
    }
    const summary = await summaryOf(running);
    for (const row of summary.rows) {
      expect(row.serverTruth?.otherRequests).toBeGreaterThanOrEqual(3);
      expect(row.serverTruth).toMatchObject({ reason: 'requests of others were answered meanwhile', figures: [] });
      expect(row.noise.map(({ reason }) => reason)).toContain('foreign requests');
    }
    const advice = summary.advice.find(({ id }) => id === 'foreign-requests');
    expect(advice?.text).toMatch(/^foreign requests: the server answered \d+ requests of others in the row with 8/);
  });

  test('that are not the truth are told apart: both numbers are said', (context) =>
    onSteadyMachine(context, async (holds) => {
      const summary = await measured(await withServer(['--fault', 'wrong-metrics']), lengths);
      const advice = summary.advice.find(({ id }) => id === 'server-gap');
      expect(advice?.rows).toEqual(summary.rows.map(({ cell }) => cell));
      expect(advice?.text).toMatch(/TTFT [\d.]+ ms here, [\d.]+ ms by the server's own clock \(\d+ %\)/);
      const halved = /TTFT 6\d\.\d+ ms here, 3\d\.\d+ ms by the server's own clock \(1\d\d %\)/;
      holds(halved.test(advice?.text ?? ''), advice?.text ?? '');
    }));

  test('that are not there are asked for once, and nothing is said', async () => {
    const summary = await measured(await withServer(['--no-metrics']), lengths);
    expect(summary.rows.map(({ serverTruth }) => serverTruth)).toEqual([null, null]);
    const { samples } = await readTelemetry(summary.directory);
    expect(samples.filter(({ kind }) => kind === 'server')).toEqual([]);
    const again = await tokometer(['report', summary.directory]);
    expect(again.stdout).not.toMatch(/^\s*Server /m);
  });
});

function expectExact(summary: Summary, counts: readonly number[]): void {
  expect(summary.rows.map(({ serverTruth }) => serverTruth?.figures.map(({ n }) => n))).toEqual(
    counts.map((n) => Array.from({ length: 5 }, () => n)),
  );
  for (const row of summary.rows) {
    expect(row.serverTruth).toMatchObject({ source: '/metrics of the server', reason: null, otherRequests: 0 });
    for (const id of ['prompt_tokens', 'output_tokens'] as const) {
      expect(figure(row, id).client).toBe(figure(row, id).server);
    }
  }
  expect(undescribedNumbers(summary)).toEqual([]);
}
