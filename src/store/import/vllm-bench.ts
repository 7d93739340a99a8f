import { TokometerError } from '../../base/errors.ts';
import type { ForeignResult, ForeignValue } from '../../contract/foreign.ts';
import { isObject, type JsonObject, numberOf, textOf } from './json-value.ts';
import { loadOf } from './load.ts';

const throughputs = [
  ['request_throughput', 'request_throughput'],
  ['output_throughput', 'output_throughput'],
  ['total_throughput', 'total_token_throughput'],
] as const;

const times = [
  ['ttft', 'ttft', 'first chunk with a choice - request sent, as vLLM bench stamps them'],
  ['tpot', 'tpot', '(latency - TTFT) / (G - 1), as vLLM bench stamps them'],
  ['itl', 'itl', 'time between two chunks, as vLLM bench stamps them'],
  ['latency', 'e2el', 'last chunk - request sent, as vLLM bench stamps them'],
] as const;

/** Reads what `vllm bench serve --save-result` wrote, with or without `--save-detailed`; null when it is none. */
export function readVllmBench(json: unknown, file: string): ForeignResult | null {
  if (!isObject(json)) return null;
  const completed = numberOf(json, 'completed');
  if (completed === null || numberOf(json, 'request_throughput') === null || textOf(json, 'model_id') === null)
    return null;
  const rate = numberOf(json, 'request_rate');
  const burstiness = numberOf(json, 'burstiness') ?? 1;
  if (rate !== null && burstiness !== 1) refuseBursts(file, burstiness);
  // All prompts are sent at once where neither a rate nor a cap is given.
  const parallel = numberOf(json, ...(rate === null ? ['max_concurrency', 'num_prompts'] : ['max_concurrency']));
  const load = loadOf(file, { parallel, rate });
  const perRequest = (key: string): number => Math.round((numberOf(json, key) ?? 0) / Math.max(1, completed));
  const [promptTokens, outputTokens] = [perRequest('total_input_tokens'), perRequest('total_output_tokens')];
  const backend = textOf(json, 'backend');
  return {
    tool: 'vLLM bench',
    file,
    model: textOf(json, 'model_id'),
    startedAt: textOf(json, 'date'),
    engine: {
      name: backend === null ? 'server' : `server (backend ${backend})`,
      version: null,
      device: null,
      url: null,
      weights: 'unknown',
      dtype: null,
      settings: {},
    },
    cells: [
      {
        name: `p${promptTokens}-g${outputTokens}-${load.name}`,
        kind: 'load',
        promptTokens,
        outputTokens,
        parallel: load.parallel,
        arrival: load.arrival,
        failed: numberOf(json, 'failed') ?? 0,
        values: [
          ...throughputs.flatMap(([metric, key]) => valueOf(json, { metric, key, n: completed, definition: null })),
          ...times.flatMap(([metric, name, definition]) =>
            valueOf(json, { metric, key: `mean_${name}_ms`, n: completed, definition }).map((value) => ({
              ...value,
              method: 'mean over requests',
              percentiles: percentilesOf(json, name),
            })),
          ),
        ],
      },
    ],
    notes: ['vLLM bench does not tell the flags of the server'],
  };
}

function refuseBursts(file: string, burstiness: number): never {
  throw new TokometerError('E_USAGE', `${file} was measured with arrivals in bursts (burstiness ${burstiness})`, {
    hint: 'compare reads arrivals of a Poisson process, burstiness 1',
  });
}

function valueOf(
  json: JsonObject,
  { metric, key, n, definition }: { metric: string; key: string; n: number; definition: string | null },
): ForeignValue[] {
  const value = numberOf(json, key);
  if (value === null || value <= 0) return [];
  return [{ metric, definition, value, method: 'one pass', n, samples: [], percentiles: [] }];
}

function percentilesOf(json: JsonObject, name: string): ForeignValue['percentiles'] {
  const pattern = new RegExp(String.raw`^p(\d+(?:\.\d+)?)_${name}_ms$`);
  return Object.keys(json).flatMap((key) => {
    const percent = Number(pattern.exec(key)?.[1] ?? NaN);
    const value = numberOf(json, key);
    return Number.isNaN(percent) || value === null ? [] : [{ percent, value }];
  });
}
