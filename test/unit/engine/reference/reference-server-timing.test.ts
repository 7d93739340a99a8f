import { afterEach, describe, expect, it } from 'vitest';
import { startReferenceServer, type ReferenceServer } from '../../../../src/engine/reference/reference-server.ts';
import type { ReferenceServerOptions } from '../../../../src/engine/reference/server-options.ts';
import { onSteadyMachine } from '../../../support/steady-machine.ts';
import { ask, at, jsonOf, plainOptions, type RawAnswer } from './raw-client.ts';

let server: ReferenceServer | null = null;

async function serve(options: Partial<ReferenceServerOptions>): Promise<ReferenceServer> {
  server = await startReferenceServer({ ...plainOptions, ...options });
  return server;
}

async function close(): Promise<void> {
  await server?.close();
  server = null;
}

afterEach(close);

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

/** By how much each write came after the time of the script. */
function latenessMs(pages: ReturnType<ReferenceServer['stamps']>): number[] {
  return pages.flatMap(({ receivedNs, writes }) =>
    writes.map(({ atNs }, write) => Number(BigInt(atNs) - BigInt(receivedNs)) / 1e6 - 50 - write * 10),
  );
}

describe('the timing of the reference server', () => {
  it('stamps writes when the script says', (context) =>
    onSteadyMachine(context, async (holds) => {
      const { port, stamps } = await serve({ timing });
      await ask(port, { path: '/v1/completions', body });
      const lateMs = latenessMs(stamps());
      await close();
      expect(lateMs).toHaveLength(20);
      expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
      holds(median(lateMs) < 0.5, `writes were ${median(lateMs)} ms late (median)`);
    }));

  it('stamps before the client sees the bytes, and little before', (context) =>
    onSteadyMachine(context, async (holds) => {
      const { port, stamps } = await serve({ timing });
      const sentNs = process.hrtime.bigint();
      const answer = await ask(port, { path: '/v1/completions', body });
      const [page] = stamps();
      await close();
      expect(BigInt(page?.receivedNs ?? 0)).toBeGreaterThan(sentNs);
      const seen = arrivals(answer);
      const lagMs = page?.writes.map(({ atNs }, write) => Number((seen[write] ?? 0n) - BigInt(atNs)) / 1e6) ?? [];
      expect(lagMs).toHaveLength(20);
      expect(Math.min(...lagMs)).toBeGreaterThan(0);
      // Client and server share this process's loop: a read comes a turn after its write.
      holds(median(lagMs) < 2, `reads came ${median(lagMs)} ms after the writes (median)`);
    }));

  it('paces many streams at once', (context) =>
    onSteadyMachine(context, async (holds) => {
      const { port, stamps } = await serve({ timing });
      await Promise.all(Array.from({ length: 16 }, () => ask(port, { path: '/v1/completions', body })));
      const lateMs = latenessMs(stamps());
      await close();
      expect(lateMs).toHaveLength(16 * 20);
      expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0);
      holds(median(lateMs) < 2, `writes were ${median(lateMs)} ms late (median)`);
    }));

  it('adds the time of the prompt', (context) =>
    onSteadyMachine(context, async (holds) => {
      const { port, stamps } = await serve({ timing: { ...timing, prefillTokensPerSecond: 1000 } });
      await ask(port, { path: '/v1/completions', body: { ...body, prompt: '熵'.repeat(150), max_tokens: 1 } });
      const [page] = stamps();
      await close();
      const ttftMs = Number(BigInt(page?.writes[0]?.atNs ?? 0) - BigInt(page?.receivedNs ?? 0)) / 1e6;
      expect(ttftMs).toBeGreaterThanOrEqual(200);
      holds(ttftMs < 300, `the first token came after ${ttftMs} ms`);
    }));

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
