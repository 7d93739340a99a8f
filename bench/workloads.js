/**
 * The workloads of the benchmark. `requests` is a whole run; `few` is a short one of the same kind, whose difference to the
 * whole one gives the cost of a token without that of the start. A peer that needs minutes for a run gets `peerRequests`.
 */
export const workloads = {
  A: {
    title: '64 streams x 50 tokens/s',
    parallel: 64,
    tokens: 128,
    requests: 256,
    few: 64,
    ttftUs: 100_000,
    itlUs: 20_000,
  },
  B: {
    title: '512 streams x 100 tokens/s',
    parallel: 512,
    tokens: 128,
    requests: 22_528,
    few: 512,
    peerRequests: 2048,
    ttftUs: 100_000,
    itlUs: 10_000,
  },
  C: {
    title: '64 streams, unpaced',
    parallel: 64,
    tokens: 512,
    requests: 2048,
    few: 128,
    peerRequests: 256,
    ttftUs: 0,
    itlUs: 0,
  },
  D10: {
    title: 'one stream, 10 ms a token',
    parallel: 1,
    tokens: 128,
    requests: 12,
    few: 2,
    ttftUs: 50_000,
    itlUs: 10_000,
  },
  D1: {
    title: 'one stream, 1 ms a token',
    parallel: 1,
    tokens: 512,
    requests: 20,
    few: 2,
    ttftUs: 50_000,
    itlUs: 1000,
  },
  E: {
    title: 'open loop, 200 requests/s, constant',
    parallel: 64,
    rate: 200,
    arrival: 'constant',
    tokens: 16,
    requests: 2000,
    few: 200,
    ttftUs: 50_000,
    itlUs: 5000,
  },
  EP: {
    title: 'open loop, 200 requests/s, Poisson',
    parallel: 64,
    rate: 200,
    arrival: 'poisson',
    tokens: 16,
    requests: 2000,
    few: 200,
    ttftUs: 50_000,
    itlUs: 5000,
  },
  F: {
    title: 'prompts of 30,720 tokens, one stream, 10 ms a token',
    parallel: 1,
    promptTokens: 30_720,
    tokens: 128,
    requests: 8,
    few: 2,
    ttftUs: 50_000,
    itlUs: 10_000,
  },
};

/** The workloads that `--only` names: `D` is D10 and D1, `E` both arrivals; all without it. */
export function chooseWorkloads(only) {
  const groups = { D: ['D10', 'D1'], E: ['E', 'EP'] };
  const names = only === null ? Object.keys(workloads) : only.flatMap((name) => groups[name] ?? [name]);
  const unknown = names.filter((name) => workloads[name] === undefined);
  if (unknown.length > 0) {
    throw new Error(`--only ${unknown.join(',')}: no such workload; there are ${Object.keys(workloads).join(', ')}`);
  }
  return names.map((id) => ({ id, promptTokens: null, rate: null, ...workloads[id] }));
}

/** The same workload, but short: to try the harness, not to measure. */
export function quick(workload) {
  const requests = Math.max(Math.ceil(workload.requests / 8), Math.min(workload.requests, workload.few * 2));
  return {
    ...workload,
    requests,
    peerRequests: Math.min(requests, workload.few * 2),
    tokens: Math.ceil(workload.tokens / 4),
  };
}
