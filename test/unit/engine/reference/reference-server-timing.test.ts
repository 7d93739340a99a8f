import { afterEach, describe, expect, it } from 'vitest';
import { startReferenceServer, type ReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import type { ReferenceServerOptions } from '../../../../src/engine/reference/server-options.ts';
import { ask, at, jsonOf, plainOptions, type RawAnswer } from './raw-client.ts';

let server: ReferenceServer | null = null;

async function serve(options: Partial<ReferenceServerOptions>): Promise<ReferenceServer> {
  server = await startReferenceServer({ ...plainOptions, ...options });
  return server;
}

afterEach(async () => {
  await server?.close();
  server = null;
});

const timing = { ...plainOptions.timing, ttftMs: 50, itlMs: 10 };
const body = { prompt: [1000, 1001], max_tokens: 20, ignore_eos: true, stream: true };

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Times of the socket reads that brought tokens, one entry a token. */
function arrivals(answer: RawAnswer): bigint[] {
  return answer.reads.flatMap((read) =>
    read.text
      .split('"text":')
      .slice(1)
      .map(() => read.atNs),
  );
}

describe('the timing of the reference server', () => {
  it('stamps writes when the script says', { retry: 4 }, async () => {
    const { port, stamps } = await serve({ timing });
    await ask(port, { path: '/v1/completions', body });
    const [page] = stamps();
    const receivedNs = BigInt(page?.receivedNs ?? 0);
    const lateMs =
      page?.writes.map(({ atNs }, write) => Number(BigInt(atNs) - receivedNs) / 1e6 - 50 - write * 10) ?? [];
    expect(lateMs).toHaveLength(20);
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
    expect(median(lateMs)).toBeLessThan(0.5);
  });

  it('stamps before the client sees the bytes, and little before', { retry: 4 }, async () => {
    const { port, stamps } = await serve({ timing });
    const sentNs = process.hrtime.bigint();
    const answer = await ask(port, { path: '/v1/completions', body });
    const [page] = stamps();
    expect(BigInt(page?.receivedNs ?? 0)).toBeGreaterThan(sentNs);
    const seen = arrivals(answer);
    const lagMs = page?.writes.map(({ atNs }, write) => Number((seen[write] ?? 0n) - BigInt(atNs)) / 1e6) ?? [];
    expect(lagMs).toHaveLength(20);
    expect(Math.min(...lagMs)).toBeGreaterThan(0);
    // Client and server share this process's loop: a read comes a turn after its write.
    expect(median(lagMs)).toBeLessThan(2);
  });

  it('paces many streams at once', { retry: 4 }, async () => {
    const { port, stamps } = await serve({ timing });
    await Promise.all(Array.from({ length: 16 }, () => ask(port, { path: '/v1/completions', body })));
    const lateMs = stamps().flatMap((page) =>
      page.writes.map(({ atNs }, write) => Number(BigInt(atNs) - BigInt(page.receivedNs)) / 1e6 - 50 - write * 10),
    );
    expect(lateMs).toHaveLength(16 * 20);
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
    expect(median(lateMs)).toBeLessThan(2);
  });

  it('adds the time of the prompt', async () => {
    const { port, stamps } = await serve({ timing: { ...timing, prefillTokensPerSecond: 1000 } });
    await ask(port, { path: '/v1/completions', body: { ...body, prompt: '熵'.repeat(150), max_tokens: 1 } });
    const [page] = stamps();
    const ttftMs = Number(BigInt(page?.writes[0]?.atNs ?? 0) - BigInt(page?.receivedNs ?? 0)) / 1e6;
    expect(ttftMs).toBeGreaterThanOrEqual(200);
    expect(ttftMs).toBeLessThan(300);
  });

  it('answers a whole body when its last token is due', async () => {
    const { port, stamps } = await serve({ timing });
    await ask(port, { path: '/v1/completions', body: { ...body, stream: false } });
    const [page] = stamps();
    expect(page?.writes.map((write) => write.tokens)).toEqual([20]);
    const endMs = Number(BigInt(page?.writes[0]?.atNs ?? 0) - BigInt(page?.receivedNs ?? 0)) / 1e6;
    expect(endMs).toBeGreaterThanOrEqual(50 + 19 * 10);
  });

  it('tells its stamps over HTTP, and forgets them when asked', async () => {
    const { port, stamps } = await serve({});
    const stampPath = { path: '/reference/stamps', method: 'GET' };
    expect(jsonOf(await ask(port, stampPath))).toEqual([]);
    await ask(port, { path: '/v1/completions', body });
    await ask(port, { path: '/v1/completions', body: { ...body, max_tokens: 3 } });
    const told = jsonOf(await ask(port, stampPath));
    expect(told).toEqual(stamps());
    expect(at(told, 1)).toMatchObject({ index: 1, promptTokens: 2, outputTokens: 3 });
    expect(at(told, 1, 'writes', 0, 'atNs')).toMatch(/^\d+$/);
    expect(await ask(port, { ...stampPath, method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(stamps()).toEqual([]);
    await ask(port, { path: '/v1/completions', body });
    expect(stamps()[0]?.index).toBe(2);
  });
});
