import { afterEach, describe, expect, it } from 'vitest';

import { parseCounters } from '../../../../src/engine/http/server-counters.ts';
import { startReferenceServer, type ReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import type { ReferenceServerOptions } from '../../../../src/engine/reference/server-options.ts';
import { ask, plainOptions } from './raw-client.ts';

const open: ReferenceServer[] = [];

async function serve(options: Partial<ReferenceServerOptions> = {}): Promise<ReferenceServer> {
  const server = await startReferenceServer({ ...plainOptions, ...options });
  open.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

const body = { prompt: [1000, 1001, 1002], max_tokens: 4, stream: true };
const path = '/v1/completions';
const counted = async (server: ReferenceServer): Promise<ReturnType<typeof parseCounters>> =>
  parseCounters(await (await fetch(`${server.url}/metrics`)).text(), 'it');

/** Sum over the requests of the time from one stamp to another, in ms. */
function stamped(server: ReferenceServer, from: 'received' | 'first', to: 'first' | 'last'): number {
  return server.stamps().reduce((sum, { receivedNs, writes }) => {
    const times = { received: receivedNs, first: writes[0]?.atNs ?? '0', last: writes.at(-1)?.atNs ?? '0' };
    return sum + Number(BigInt(times[to]) - BigInt(times[from])) / 1e6;
  }, 0);
}

describe('/metrics of the reference server', () => {
  it('tells its own stamps, of streams and whole bodies', async () => {
    const server = await serve({ model: 'with "quotes"\nand \\', strictModel: false });
    expect(await counted(server)).toMatchObject({ requests: 0, outputTokens: 0, ttft: { count: 0, totalMs: 0 } });
    await ask(server.port, { path, body });
    await ask(server.port, { path, body: { ...body, stream: false } });
    const told = await counted(server);
    expect(told).toMatchObject({ requests: 2, promptTokens: 6, outputTokens: 8, cachedTokens: null });
    expect(told?.ttft?.count).toBe(2);
    expect(told?.ttft?.totalMs).toBeCloseTo(stamped(server, 'received', 'first'), 6);
    expect(told?.latency?.totalMs).toBeCloseTo(stamped(server, 'received', 'last'), 6);
    expect(told?.decodeMs).toBeCloseTo(stamped(server, 'first', 'last'), 6);
  });

  it('leaves out answers that did not come to their end', async () => {
    const server = await serve({ faults: [{ kind: 'end-mid-stream', everyNth: 2 }] });
    await ask(server.port, { path, body });
    await ask(server.port, { path, body });
    expect(await counted(server)).toMatchObject({ requests: 1, outputTokens: 4 });
  });

  it('lies where it is told to', async () => {
    const server = await serve({ faults: [{ kind: 'wrong-metrics', everyNth: 1 }] });
    await ask(server.port, { path, body });
    const told = await counted(server);
    expect(told?.ttft?.totalMs).toBeCloseTo(stamped(server, 'received', 'first') / 2, 6);
    expect(told).toMatchObject({ requests: 1, outputTokens: 4 });
  });

  it('is not there where it is turned off', async () => {
    const server = await serve({ metrics: false });
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  });
});
