// What the main thread and a client thread say to each other. Neither engines nor prompts cross: a thread builds its own.
import type { ServerAgreement, ServerEndpoint } from '../../contract/engine.ts';
import type { RunPlan } from '../../contract/plan.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { PromptRecipe } from '../../contract/workload.ts';
import type { Pass } from '../passes.ts';
import type { SendingThread } from '../send-pass.ts';

/** All that a client thread needs to send any part of any load pass. Can be cloned. */
export interface ShardJob {
  /** From 1, as records name it. */
  readonly shard: number;
  readonly plan: RunPlan;
  /** The server that really answers, and what was agreed with it. */
  readonly endpoint: ServerEndpoint;
  readonly recipe: PromptRecipe;
  readonly nonce: string | null;
  /** Zero of the run clock, on CLOCK_MONOTONIC. */
  readonly originNs: bigint;
  /** Of the run's LiveCounters; lane `shard` is this thread's. */
  readonly counters: SharedArrayBuffer;
}

export interface PassOrder extends SendingThread {
  readonly kind: 'pass';
  readonly pass: Pass;
  readonly agreement: ServerAgreement;
  /** false: it warms the thread up; its requests are neither recorded nor counted. */
  readonly recorded: boolean;
}

/** What a client thread is told. `abort` ends the pass under way; `close` ends the thread. */
export type ShardOrder = PassOrder | { readonly kind: 'abort' } | { readonly kind: 'close' };

/** What a client thread tells. */
export type ShardReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'records'; readonly records: readonly RequestRecord[] }
  | { readonly kind: 'warning' | 'debug'; readonly text: string }
  /** `problem`: why the pass could not be sent to its end; null when it was. */
  | { readonly kind: 'passEnd'; readonly agreement: ServerAgreement; readonly problem: string | null };
