/**
 * The tables that exports and queries have, declared once: CSV, Parquet, SQLite, DuckDB and their docs are derived. Comes in: runs
 * with their summaries. Goes out: lines of typed fields. Computes nothing: what is not in a summary or a record is null.
 */
import { maskSecrets } from '../../base/mask-secrets.ts';
import type { Column, ExportedRequest, ExportedRun, Field, MeasuredRun, Table } from '../../contract/export.ts';
import type { Percentile, SummaryRow, SummaryValue } from '../../contract/summary.ts';
import { boolean, integer, real, text, timestamp } from './column.ts';
import { finite, metricColumns } from './metric-columns.ts';

export interface RowSource {
  readonly run: MeasuredRun;
  readonly row: SummaryRow;
}
interface MetricSource extends RowSource {
  readonly value: SummaryValue;
}
interface RequestSource {
  readonly run: MeasuredRun;
  readonly request: ExportedRequest;
}

const runColumn = text<{ run: MeasuredRun }>('run', 'run directory, as it was named', ({ run }) => run.directory);
const cellColumn = text<RowSource>('cell', 'cell of the run', ({ row }) => row.cell);

const runs: Table<{ run: MeasuredRun }> = {
  name: 'runs',
  describe: 'one line a run',
  key: ['run'],
  columns: [
    runColumn,
    text('name', 'name that the run was given', ({ run }) => run.summary.name),
    text('model', 'model, as it was named', ({ run }) => run.summary.model),
    text('api', 'kind of engine: openai, local_vllm, ...', ({ run }) => run.plan.engine.api),
    text('engine', 'name of the engine', ({ run }) => run.summary.engine.name),
    text('engine_version', 'its version', ({ run }) => run.summary.engine.version),
    text('url', 'endpoint of a served API', ({ run }) => maskSecrets(run.summary.engine.url)),
    text('device', 'device that computes', ({ run }) => run.summary.engine.device),
    integer('gpu_count', 'accelerators that the model is spread over', ({ run }) => run.summary.engine.gpuCount),
    text('dtype', 'type of the weights', ({ run }) => run.summary.engine.dtype),
    text('weights', 'real, dummy or unknown', ({ run }) => run.summary.engine.weights),
    integer('max_length_tokens', 'longest prompt + generation', ({ run }) => run.summary.engine.maxLength),
    text('engine_settings', 'settings of the engine, as JSON', ({ run }) =>
      JSON.stringify(maskSecrets(run.summary.engine.settings)),
    ),
    text('machine', 'machine of the client', ({ run }) => run.summary.machine),
    text('os', 'its operating system', ({ run }) => run.environment?.os ?? null),
    text('dataset', 'dataset of the prompts', ({ run }) => run.summary.workload.dataset),
    text('prompt_method', 'how prompts got their length', ({ run }) => run.summary.workload.method),
    integer('seed', 'seed of the prompts', ({ run }) => run.summary.workload.seed),
    timestamp('started_at', 'start of the run, UTC', ({ run }) => isoOrNull(run.summary.startedAt)),
    text('state', 'complete or partial', ({ run }) => run.summary.state),
    integer('engine_starts', 'starts of the engine', ({ run }) => run.summary.starts.length),
    text('advice', 'ids of the advice, with "; " between', ({ run }) =>
      run.summary.advice.map(({ id }) => id).join('; '),
    ),
    text('tokometer', 'version of Tokometer', ({ run }) => run.summary.tokometer),
  ],
};

const rows: Table<RowSource> = {
  name: 'rows',
  describe: 'one line a cell: a row of the result, its values side by side',
  key: ['run', 'cell'],
  columns: [
    runColumn,
    cellColumn,
    text('model', 'model, as it was named', ({ run }) => run.summary.model),
    text('kind', 'speed (one request at a time) or load', ({ row }) => row.kind),
    integer('planned_prompt_tokens', 'prompt tokens asked for; null: a fixed prompt', ({ row }) => row.promptTokens),
    integer('planned_output_tokens', 'generated tokens asked for', ({ row }) => row.outputTokens),
    integer('parallel', 'requests in flight at once; null: an open loop', ({ row }) => row.parallel),
    real('rate_requests_per_s', 'rate of arrivals; null: a closed loop', ({ row }) =>
      row.arrival === null ? null : row.arrival.requestsPerSecond,
    ),
    text('arrival', 'poisson or constant; null: a closed loop', ({ row }) => row.arrival?.kind ?? null),
    boolean('valid', 'whether the row is valid', ({ row }) => row.valid),
    text('reasons', 'why not, with "; " between', ({ row }) => row.reasons.join('; ')),
    text('cache', 'prefix cache: off, proved-cold, hit or unknown', ({ row }) => row.cache),
    text('marks', 'marks of the row, with "; " between', ({ row }) => row.marks.join('; ')),
    text('noise', 'what disturbed it, with "; " between', ({ row }) => row.noise.map(noiseText).join('; ')),
    integer('n', 'measured requests that were answered', ({ row }) => row.counts.measured),
    integer('failed', 'measured requests that were not', ({ row }) => row.counts.failed),
    integer('warmup', 'requests of warm-up passes', ({ row }) => row.counts.warmup),
    integer('planned', 'measured requests of the plan', ({ row }) => row.counts.planned),
    integer('executions', 'starts of the engine with a measured request', ({ row }) => row.counts.executions),
    ...metricColumns(),
  ],
};

const metrics: Table<MetricSource> = {
  name: 'metrics',
  describe: 'one line a value: every metric of every row, with what defends it',
  key: ['run', 'cell', 'metric'],
  columns: [
    runColumn,
    cellColumn,
    text('metric', 'id of the metric', ({ value }) => value.id),
    text('unit', 'its unit, also of the columns beside', ({ value }) => value.unit),
    text('better', 'higher, lower or neither', ({ value }) => value.better),
    real('value', 'the value', ({ value }) => value.value),
    text('reason', 'why there is none', ({ value }) => value.reason),
    integer('n', 'how many raw values it rests on', ({ value }) => value.n),
    text('method', 'how it comes from them', ({ value }) => value.method),
    real('low', 'lower limit of its interval', ({ value }) => finite(value.interval?.low)),
    real('high', 'upper limit; null beside a lower one: none', ({ value }) => finite(value.interval?.high)),
    real('level', 'level of the interval', ({ value }) => value.interval?.level ?? null),
    text('interval_method', 'how the interval was made', ({ value }) => value.interval?.method ?? null),
    text('interval_covers', 'what scattered: repetitions or executions', ({ value }) => value.interval?.covers ?? null),
    real('min', 'least raw value', ({ value }) => value.spread?.min ?? null),
    real('median', 'median of the raw values', ({ value }) => value.spread?.median ?? null),
    real('max', 'greatest raw value', ({ value }) => value.spread?.max ?? null),
    real('standard_deviation', 'of the raw values', ({ value }) => value.spread?.standardDeviation ?? null),
    ...[50, 90, 95, 99].map((percent) =>
      real<MetricSource>(
        `p${percent}`,
        `${percent} % of requests or tokens don't exceed it; of load rows`,
        ({ value }) => percentileOf(value.percentiles, percent),
      ),
    ),
    text('formula', 'how it is defined', ({ value }) => value.formula),
  ],
};

const requests: Table<RequestSource> = {
  name: 'requests',
  describe: 'one line a request of all, warm-up and failed ones among them',
  key: ['run', 'id'],
  columns: [
    runColumn,
    text('cell', 'cell of the run', ({ request }) => request.cell),
    integer('id', 'place in the run', ({ request }) => request.result.id),
    text('phase', 'warmup or measured', ({ request }) => request.result.phase),
    integer('execution', 'start of the engine, from 1', ({ request }) => request.result.execution),
    integer('repetition', 'pass of the cell, from 1', ({ request }) => request.result.repetition),
    integer('client_thread', 'client thread that sent it; 0: the main one', ({ request }) => request.shard),
    integer('attempts', '1, or 2 after a reused connection died', ({ request }) => request.result.attempts),
    real('due_ms', 'when it should have been sent, since the start of the run', ({ request }) => request.dueMs),
    real('sent_ms', 't0 since the start of the run', ({ request }) => request.result.sentMs),
    real('end_ms', 'last byte of the answer, since the start of the run', ({ request }) => request.endMs),
    real('connect_ms', 'opening the connection, before t0', ({ request }) => request.result.connectMs),
    real('ttft_ms', 't1 - t0', ({ request }) => request.result.ttftMs),
    real('latency_ms', 'tn - t0', ({ request }) => request.result.latencyMs),
    real('decode_speed_tokens_per_s', '(G - g1) / (tn - t1)', ({ request }) => request.result.decodeSpeed),
    real('generated_speed_tokens_per_s', 'G / (tn - t0)', ({ request }) => request.result.generatedSpeed),
    real('total_speed_tokens_per_s', '(P + G) / (tn - t0)', ({ request }) => request.result.totalSpeed),
    integer('planned_prompt_tokens', 'prompt tokens asked for', ({ request }) => request.requestedPromptTokens),
    integer('planned_output_tokens', 'generated tokens asked for', ({ request }) => request.requestedOutputTokens),
    integer('prompt_tokens', 'P, as the engine counts it', ({ request }) => request.result.promptTokens),
    integer('cached_tokens', 'of these found in a cache', ({ request }) => request.result.cachedTokens),
    integer('output_tokens', 'G, as the engine counts it', ({ request }) => request.result.outputTokens),
    integer('chunks', 'events that carried tokens', ({ request }) => request.chunks),
    text('status', 'ok or failed', ({ request }) => request.result.outcome.status),
    text('failure', 'kind of failure', ({ request }) => request.result.outcome.failure),
    text('message', 'what happened, with the words of the server', ({ request }) => request.result.outcome.message),
    integer('http_status', 'status of the response', ({ request }) => request.result.outcome.httpStatus),
    text('finish_reason', 'as the server says it', ({ request }) => request.result.outcome.finishReason),
  ],
};

/** What a table looks like, without how it is filled. */
export type TableForm = Omit<Table<unknown>, 'columns'> & { readonly columns: readonly Omit<Column<unknown>, 'of'>[] };

export const rowsTable: Table<RowSource> = rows;
export const runsTable: Table<{ run: MeasuredRun }> = runs;
export const requestsTable: Table<RequestSource> = requests;

/** All tables, in the order in which they are told. */
export const tableForms: readonly TableForm[] = [runs, rows, metrics, requests];

/** The lines of a table, in the order of its columns. */
export async function* linesOf(name: string, all: readonly ExportedRun[]): AsyncGenerator<Field[], void> {
  for (const run of all) {
    if (name === runs.name) yield fieldsOf(runs, { run });
    for (const row of run.summary.rows) {
      if (name === rows.name) yield fieldsOf(rows, { run, row });
      if (name !== metrics.name) continue;
      for (const value of Object.values(row.values)) yield fieldsOf(metrics, { run, row, value });
    }
    if (name !== requests.name) continue;
    for await (const request of run.requests()) yield fieldsOf(requests, { run, request });
  }
}

/** One line of a table. */
export function fieldsOf<Source>(table: Table<Source>, source: Source): Field[] {
  return table.columns.map(({ of }) => of(source));
}

function percentileOf(percentiles: readonly Percentile[], percent: number): number | null {
  return percentiles.find((one) => one.percent === percent)?.value ?? null;
}

function noiseText({ reason, text: told }: SummaryRow['noise'][number]): string {
  return `${reason}: ${told}`;
}

function isoOrNull(startedAt: string): string | null {
  const time = new Date(startedAt);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
