import type { ForeignCell, ForeignResult, ForeignValue } from '../../contract/foreign.ts';
import { isObject, type JsonObject, numberOf, textOf } from './json-value.ts';
import { loadOf } from './load.ts';

/** The files of one point of an EvalScope run, as far as they are there; `file` is the one that was named. */
export interface EvalscopeFiles {
  readonly file: string;
  readonly summary: unknown;
  readonly percentiles: unknown;
  readonly speeds: unknown;
  readonly arguments: unknown;
}

const speedKeys = ['GPU Memory(GB)', 'Prompt Tokens', 'Speed(tokens/s)'];

// Keys of this and of earlier versions, and how many of our unit one of theirs is.
const quantities: readonly {
  readonly metric: string;
  readonly keys: readonly (readonly [key: string, factor: number])[];
  readonly column: readonly (readonly [key: string, factor: number])[];
  readonly definition: string | null;
}[] = [
  {
    metric: 'request_throughput',
    keys: [
      ['Req Throughput (req/s)', 1],
      ['Request throughput (req/s)', 1],
      ['Average QPS', 1],
    ],
    column: [],
    definition: null,
  },
  {
    metric: 'output_throughput',
    keys: [
      ['Output Throughput (tok/s)', 1],
      ['Output token throughput (tok/s)', 1],
    ],
    column: [],
    definition: null,
  },
  {
    metric: 'total_throughput',
    keys: [
      ['Total Throughput (tok/s)', 1],
      ['Total token throughput (tok/s)', 1],
    ],
    column: [],
    definition: null,
  },
  {
    metric: 'ttft',
    keys: [
      ['Avg TTFT (ms)', 1],
      ['TTFT (ms)', 1],
      ['Average time to first token (s)', 1000],
    ],
    column: [
      ['TTFT (ms)', 1],
      ['TTFT (s)', 1000],
    ],
    definition: 'first chunk - request sent, as EvalScope stamps them',
  },
  {
    metric: 'tpot',
    keys: [
      ['Avg TPOT (ms)', 1],
      ['TPOT (ms)', 1],
      ['Average time per output token (s)', 1000],
    ],
    column: [
      ['TPOT (ms)', 1],
      ['TPOT (s)', 1000],
    ],
    definition: '(latency - TTFT) / (G - 1), as EvalScope stamps them',
  },
  {
    metric: 'itl',
    keys: [
      ['Avg ITL (ms)', 1],
      ['ITL (ms)', 1],
      ['Average inter-token latency (s)', 1000],
    ],
    column: [
      ['ITL (ms)', 1],
      ['ITL (s)', 1000],
    ],
    definition: 'time between two chunks, as EvalScope stamps them',
  },
  {
    metric: 'latency',
    keys: [
      ['Avg Latency (s)', 1000],
      ['Average latency (s)', 1000],
    ],
    column: [['Latency (s)', 1000]],
    definition: 'end of the stream - request sent, as EvalScope stamps them',
  },
];

/** Reads one point of an EvalScope run; null when the files are none. */
export function readEvalscope(files: EvalscopeFiles): ForeignResult | null {
  const summary = isSummary(files.summary) ? files.summary : null;
  const speeds = Array.isArray(files.speeds) && files.speeds.every(isSpeed) ? files.speeds : null;
  if (summary === null && speeds === null) return null;
  const given = isObject(files.arguments) ? files.arguments : {};
  return {
    tool: 'EvalScope',
    file: files.file,
    model: textOf(given, 'model'),
    startedAt: null,
    engine: {
      name: textOf(given, 'api') === 'openai' ? 'OpenAI-compatible server' : 'server',
      version: null,
      device: null,
      url: textOf(given, 'url'),
      weights: 'unknown',
      dtype: null,
      settings: {},
    },
    // The averages beside a speed benchmark are over all its lengths, and tell of none.
    cells: speeds === null ? [loadCell(summary ?? {}, files)] : speeds.map((row) => speedCell(row, given, summary)),
    notes: ['EvalScope does not tell the flags of the server'],
  };
}

function isSummary(value: unknown): value is JsonObject {
  return isObject(value) && numberOf(value, 'Concurrency', 'Number of concurrency') !== null;
}

function isSpeed(value: unknown): value is JsonObject {
  return isObject(value) && speedKeys.every((key) => key in value);
}

// The file of a run of ours has the same keys, and each request beside them.
function speedSamples(row: JsonObject): number[] {
  const requests: unknown[] = Array.isArray(row['Requests']) ? row['Requests'] : [];
  return requests.filter(isObject).flatMap((request) => {
    const speed = request['phase'] === 'measured' ? numberOf(request, 'generatedSpeed') : null;
    return speed === null ? [] : [speed];
  });
}

function speedCell(row: JsonObject, given: JsonObject, summary: JsonObject | null): ForeignCell {
  const promptTokens = numberOf(row, 'Prompt Tokens') ?? 0;
  const outputTokens = Math.round(
    numberOf(row, 'Output Tokens') ??
      numberOf(summary ?? {}, 'Avg Output Tokens', 'Average output tokens per request') ??
      numberOf(given, 'max_tokens') ??
      0,
  );
  const speed = numberOf(row, 'Speed(tokens/s)') ?? 0;
  const samples = speedSamples(row);
  const value: ForeignValue = {
    metric: 'generated_speed',
    definition: null,
    value: speed,
    method: samples.length > 0 ? 'all tokens by all time of the repetitions' : 'mean of rates of requests',
    n: Math.max(1, samples.length),
    samples,
    percentiles: [],
  };
  const name = `p${promptTokens}`;
  return {
    name,
    kind: 'speed',
    promptTokens,
    outputTokens,
    parallel: 1,
    arrival: null,
    failed: 0,
    values: speed > 0 ? [value] : [],
  };
}

function loadCell(summary: JsonObject, files: EvalscopeFiles): ForeignCell {
  const parallel = numberOf(summary, 'Concurrency', 'Number of concurrency') ?? -1;
  const rate = numberOf(summary, 'Request Rate (req/s)', 'Request rate (req/s)') ?? -1;
  const load = loadOf(files.file, { parallel: parallel < 1 ? null : parallel, rate: rate > 0 ? rate : null });
  const promptTokens = Math.round(numberOf(summary, 'Avg Input Tokens', 'Average input tokens per request') ?? 0);
  const outputTokens = Math.round(numberOf(summary, 'Avg Output Tokens', 'Average output tokens per request') ?? 0);
  const n = numberOf(summary, 'Success Requests', 'Succeed requests') ?? 0;
  return {
    name: `p${promptTokens}-g${outputTokens}-${load.name}`,
    kind: 'load',
    promptTokens,
    outputTokens,
    parallel: load.parallel,
    arrival: load.arrival,
    failed: numberOf(summary, 'Failed Requests', 'Failed requests') ?? 0,
    values: quantities.flatMap(({ metric, keys, column, definition }): ForeignValue[] => {
      const value = scaled(summary, keys);
      // -1 and 0 stand for "no data", and for what this kind of run does not have.
      if (value === null || value <= 0) return [];
      const method = metric.endsWith('throughput') ? 'one pass' : 'mean over requests';
      return [
        { metric, definition, value, method, n, samples: [], percentiles: percentilesOf(files.percentiles, column) },
      ];
    }),
  };
}

function percentilesOf(rows: unknown, column: readonly (readonly [string, number])[]): ForeignValue['percentiles'] {
  if (!Array.isArray(rows) || column.length === 0) return [];
  return rows.filter(isObject).flatMap((row) => {
    const percent = Number(/^(\d+)%$/.exec(String(row['Percentiles'] ?? row['Percentile']))?.[1] ?? NaN);
    const value = scaled(row, column);
    return Number.isNaN(percent) || value === null ? [] : [{ percent, value }];
  });
}

function scaled(object: JsonObject, keys: readonly (readonly [string, number])[]): number | null {
  for (const [key, factor] of keys) {
    const value = numberOf(object, key);
    if (value !== null) return value * factor;
  }
  return null;
}
