// Summaries as compare reads them, made of simulated times.

const engine = {
  name: 'simulated',
  version: '1',
  device: 'none',
  gpuCount: 0,
  url: null,
  pid: null,
  weights: 'real',
  dtype: 'float16',
  maxLength: null,
  cache: 'off',
  settings: { threads: 1 },
  memory: [],
  notes: [],
};

/** A summary with one cell for each list of samples: time samples become decode speeds. */
export function summaryOf(cells) {
  return {
    v: 1,
    tokometer: 'simulated',
    model: 'simulated',
    name: null,
    startedAt: 'unknown',
    directory: 'simulated',
    state: 'complete',
    engine,
    machine: 'simulated',
    estimate: null,
    advice: [],
    warnings: [],
    workload: { dataset: 'speed_benchmark', method: 'token-ids', scale: null, seed: 0, nonce: null },
    rows: cells.map((samples, place) => rowOf(samples, place)),
  };
}

function rowOf(samples, place) {
  const raw = samples.map(({ time }) => 100 / time);
  const value = raw.length / raw.reduce((sum, rate) => sum + 1 / rate, 0);
  const executions = samples.map(({ execution }) => execution);
  const definition = { id: 'decode_speed', label: 'Decode speed', unit: 'tokens/s', better: 'higher', formula: '' };
  const measurement = { value, reason: null, n: raw.length, method: '', interval: null, spread: null, percentiles: [] };
  return {
    cell: `cell-${place}`,
    kind: 'speed',
    promptTokens: place + 1,
    outputTokens: 1,
    parallel: 1,
    arrival: null,
    values: { decode_speed: { ...definition, ...measurement, raw, executions } },
    valid: true,
    reasons: [],
    cache: 'off',
    marks: [],
    requests: [],
    counts: { measured: raw.length, failed: 0, warmup: 0, planned: raw.length },
  };
}
