import type { ManagedServerPlan } from '../../src/contract/plan.ts';

/** The plan of a server that Tokometer starts, by default a llama-server with real weights. */
export function serverPlan(overrides: Partial<ManagedServerPlan>): ManagedServerPlan {
  return {
    api: 'local_llama_server',
    loadFormat: 'auto',
    dummyQuantization: 'Q4_0',
    dtype: 'auto',
    gpus: null,
    trustRemoteCode: false,
    hub: 'auto',
    revision: null,
    python: null,
    startTimeoutMs: 240_000,
    allowBusy: false,
    gpuMemoryUtilization: 0.9,
    enforceEager: true,
    maxModelLength: null,
    engineArguments: [],
    command: null,
    threads: null,
    connectTimeoutMs: null,
    readTimeoutMs: null,
    totalTimeoutMs: 60_000,
    ...overrides,
  };
}
