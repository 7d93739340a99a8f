// The house: which room may import which, and who may touch the world. Read by the linter and by its test.
const ground = ['contract', 'base', 'stats', 'catalog'];

/** A room may import itself, the rooms listed here, and nothing else. */
export const mayImport = {
  contract: [],
  base: [],
  stats: ['contract', 'base'],
  catalog: ['contract', 'base'],
  plan: ground,
  hub: ground,
  tokenizer: ground,
  workload: ground,
  engine: ground,
  traffic: ground,
  telemetry: ground,
  store: ground,
  metrics: ground,
  report: ground,
  run: [...ground, 'plan', 'hub', 'tokenizer', 'workload', 'engine', 'traffic', 'telemetry', 'store', 'metrics'],
  cli: [...ground, 'plan', 'run', 'store', 'metrics', 'report'],
};

/** Who may touch the world, and through which module. */
export const mayTouch = {
  'node:child_process': ['engine', 'telemetry'],
  'node:worker_threads': ['run'],
  'node:(net|tls|http|https|http2|dgram|dns)': ['engine'],
  undici: ['engine', 'hub', 'telemetry'],
  '@opentelemetry': ['store'],
};

/** The browser has types and number formats of the program, and nothing else of it. */
export const webMayImport = ['contract', 'report'];

export const mayFetch = ['engine', 'hub', 'telemetry'];
