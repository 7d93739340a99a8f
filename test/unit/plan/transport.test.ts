import { describe, expect, it } from 'vitest';
import { TokometerError } from '../../../src/base/errors.ts';
import type { OpenAiPlan } from '../../../src/contract/plan.ts';
import { planFromSources } from '../../../src/plan/plan.ts';

async function engineOf(flags: Record<string, unknown>): Promise<OpenAiPlan> {
  const { plan } = await planFromSources({ flags: { model: 'm', api: 'openai', ...flags } });
  if (plan.engine.api !== 'openai') throw new Error('a served API was planned');
  return plan.engine;
}

async function problemOf(flags: Record<string, unknown>): Promise<string> {
  try {
    await engineOf(flags);
  } catch (error) {
    if (error instanceof TokometerError) return `${error.message} ${error.hint ?? ''}`;
    throw error;
  }
  return 'no problem';
}

describe('--proxy and --http2', () => {
  it('are off unless they are asked for', async () => {
    expect(await engineOf({})).toMatchObject({ proxy: null, http2: false });
  });

  it('stand in the plan', async () => {
    const flags = { url: 'https://api.example.com/v1/completions', proxy: 'http://me:hush@proxy:3128', http2: true };
    expect(await engineOf(flags)).toMatchObject({ proxy: 'http://me:hush@proxy:3128/', http2: true });
  });

  it.each(['proxy:3128', 'me:hush@proxy:3128', 'socks5://me:hush@proxy:1080', 'http://'])(
    'refuse the proxy %s without showing it',
    async (proxy) => {
      const problem = await problemOf({ proxy });
      expect(problem).toContain('--proxy is no http:// or https:// URL');
      expect(problem).not.toContain('hush');
    },
  );

  it('refuse HTTP/2 without TLS', async () => {
    expect(await problemOf({ http2: true })).toContain('h2c');
  });
});
