import type { RunClock } from '../../base/clock.ts';
import type { Tell } from '../../contract/engine.ts';
import type { OpenAiPlan } from '../../contract/plan.ts';
import { ConnectionPool } from './connection-pool.ts';
import { poolTransport } from './exchange.ts';
import { chooseProxy, shownProxy } from './proxy-choice.ts';
import type { Transport } from './transport.ts';
import { WakeKeeper } from './wake-keeper.ts';

export interface OpenTransport {
  readonly transport: Transport;
  /** For the engine's facts: by what the server is reached; `proxy` is masked. */
  /** The shortest round trip to the server, when a connection was opened; null: none was yet, or a proxy is between. */
  readonly roundTripNs: () => number | null;
  readonly settings: { readonly transport: 'node:net' | 'node:tls' | 'undici'; readonly proxy: string | null };
}

/** The transport that a plan and the environment's proxy variables ask for. Using a proxy is told. */
export async function openTransport(input: { plan: OpenAiPlan; clock: RunClock; tell: Tell }): Promise<OpenTransport> {
  const { plan, clock, tell } = input;
  const url = new URL(plan.url);
  const { proxy, note } = chooseProxy({ url, proxy: plan.proxy, environment: process.env });
  if (note !== null) tell.note(note);
  const shown = proxy === null ? null : shownProxy(proxy.href);
  const keeper = new WakeKeeper(plan.busyPoll);
  if (proxy !== null || plan.http2) {
    const { undiciTransport } = await import('./transport-undici.ts');
    const transport = await undiciTransport({ url, proxy, http2: plan.http2, clock, keeper });
    return { transport, roundTripNs: () => null, settings: { transport: 'undici', proxy: shown } };
  }
  const pool = new ConnectionPool(url, clock);
  const settings = { transport: url.protocol === 'https:' ? 'node:tls' : 'node:net', proxy: null } as const;
  return { transport: poolTransport(pool, clock, keeper), roundTripNs: () => pool.roundTripNs, settings };
}
