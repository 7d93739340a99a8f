// What pairs of an estimate and a full run say.
import { median } from '../../dist/stats/quantile.js';

/** The first one decides. */
export const metrics = ['generated_speed', 'decode_speed', 'ttft'];
const most = { medianError: 0.03 };
const fewestInside = 0.9;

/** Both results of a pair, row by row. */
export function pairOf(estimate, full) {
  if (estimate.estimate.reason !== null) throw new Error(`no estimate: ${estimate.estimate.reason}`);
  const rows = estimate.estimate.rows.map((row) => {
    const partner = full.rows.find(({ promptTokens }) => promptTokens === row.promptTokens);
    const values = metrics.map((id) => {
      const { value, interval } = row.values[id];
      const shown = partner.values[id].value;
      const isInside = shown >= interval.low && shown <= interval.high;
      return [
        id,
        {
          estimate: value,
          low: interval.low,
          high: interval.high,
          full: shown,
          error: Math.abs(value / shown - 1),
          isInside,
        },
      ];
    });
    return { promptTokens: row.promptTokens, ...Object.fromEntries(values) };
  });
  return {
    rows,
    probes: estimate.rows.map(({ promptTokens, outputTokens }) => ({ promptTokens, outputTokens })),
    deviations: Object.fromEntries(estimate.estimate.laws.map(({ of, deviation }) => [of, deviation.value])),
    estimateMs: estimate.estimate.measuredTime.value,
    fullMs: requestsMs(full),
  };
}

// Latencies of all requests, as the estimate counts its own.
function requestsMs({ rows }) {
  return rows.flatMap(({ requests }) => requests).reduce((sum, { latencyMs }) => sum + latencyMs, 0);
}

/**
 * Median error and how many full values lie inside the prediction interval, by row and metric. The claim is of the generated
 * speed of the longest prompt. `betweenFullRuns`: by which share it differs between a full run and the next one (median; null for one
 * pair), which is the least error that anything short of a full run can be held to.
 */
export function judge(pairs) {
  const lengths = pairs[0].rows.map(({ promptTokens }) => promptTokens);
  const rows = lengths.flatMap((promptTokens, place) =>
    metrics.map((metric) => {
      const values = pairs.map((pair) => pair.rows[place][metric]);
      return {
        promptTokens,
        metric,
        n: values.length,
        medianError: median(values.map(({ error }) => error)),
        largestError: Math.max(...values.map(({ error }) => error)),
        inside: values.filter(({ isInside }) => isInside).length,
        halfWidth: median(values.map(({ estimate, low, high }) => (high - low) / 2 / estimate)),
      };
    }),
  );
  const decisive = rows.find((row) => row.promptTokens === lengths.at(-1) && row.metric === metrics[0]);
  const holds = decisive.medianError <= most.medianError && decisive.inside >= fewestInside * decisive.n;
  const shown = pairs.map((pair) => pair.rows.at(-1)[metrics[0]].full);
  const steps = shown.slice(1).map((value, place) => Math.abs(value / shown[place] - 1));
  const betweenFullRuns = steps.length === 0 ? null : median(steps);
  const timeShare = median(pairs.map(({ estimateMs, fullMs }) => estimateMs / fullMs));
  return { decisive, holds, timeShare, betweenFullRuns, rows, pairs };
}

export function tableOf(result, machine, date) {
  const { plan, model, decisive, holds, timeShare, rows, pairs } = result;
  const lines = rows.map((row) => {
    const cells = [row.promptTokens, row.metric, percent(row.medianError), percent(row.largestError)];
    return `| ${[...cells, `${row.inside} of ${row.n}`, `± ${percent(row.halfWidth)}`].join(' | ')} |`;
  });
  const load = (machine.loadAverage[0] ?? 0).toFixed(1);
  const [{ probes }] = pairs;
  const probesText = `${probes.map(({ promptTokens }) => promptTokens).join(', ')} with ${probes[0].outputTokens} generated`;
  return [
    `**--estimate against the full run**: ${model}, \`${plan.join(' ')}\`; probes of the first pair ${probesText}; ` +
      `requests of an estimate take ${percent(timeShare)} of those of the full run (median).`,
    '',
    `Generated speed of the longest prompt: median error ${percent(decisive.medianError)} (claimed: at most ${percent(most.medianError)}), ` +
      `${decisive.inside} of ${decisive.n} full values inside the prediction interval (claimed: ${fewestInside * 10} of 10): ${holds ? 'holds' : 'DOES NOT HOLD'}.` +
      betweenText(result),
    '',
    `${date}; Tokometer ${machine.tokometer}, Node ${machine.node}, ${machine.hostCpu}, ${machine.cores} cores, load ${load} before.`,
    '',
    '| prompt | metric | median error | largest error | inside | half-width of the interval |',
    '| ---: | --- | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

function betweenText({ betweenFullRuns }) {
  return betweenFullRuns === null ? '' : ` One full run and the next differ by ${percent(betweenFullRuns)} (median).`;
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
