import { spread } from './statistics.js';

/** What is shown of a run: how to get it, and its digits. */
const columns = [
  { id: 'rate', label: 'tokens/s', digits: 0, of: (run) => run.served.steadyTokensPerSecond },
  { id: 'rateToC', label: 'x C', digits: 2, of: (run) => run.served.steadyTokensPerSecond, toLimit: true },
  { id: 'cpu', label: 'CPU a token, us', digits: 1, of: (run) => run.cpuUsPerToken },
  { id: 'cpuToC', label: 'x C', digits: 2, of: (run) => run.cpuUsPerToken, toLimit: true },
  { id: 'marginal', label: 'without start, us', digits: 1, of: (run) => run.marginalCpuUsPerToken },
  { id: 'marginalToC', label: 'x C', digits: 2, of: (run) => run.marginalCpuUsPerToken, toLimit: true },
  { id: 'errorP50', label: 'error p50, us', digits: 0, of: (run) => run.said.errorUs?.p50 },
  { id: 'errorP99', label: 'p99', digits: 0, of: (run) => run.said.errorUs?.p99 },
  { id: 'errorMax', label: 'max', digits: 0, of: (run) => run.said.errorUs?.max },
  { id: 'ttft', label: 'TTFT p50 minus true, ms', digits: 2, of: (run) => minus(run, 'p50') },
  { id: 'ttft99', label: 'p99 minus true', digits: 2, of: (run) => minus(run, 'p99') },
  { id: 'gaps', label: 'spread of gaps', digits: 2, of: (run) => run.served.gapSpread, openLoop: true },
  { id: 'memory', label: 'memory, MB', digits: 0, of: (run) => run.peakTreeBytes / 1e6 },
  { id: 'start', label: 'first request after, ms', digits: 0, of: (run) => run.startMs },
  { id: 'overhead', label: 'beside the load, s', digits: 1, of: (run) => run.overheadSeconds },
  { id: 'lost', label: 'lost requests', digits: 0, of: (run) => run.lostRequests },
];

function minus(run, share) {
  const said = run.said.ttftMs?.[share];
  return Number.isFinite(said) ? said - run.served.ttftMs[share] : null;
}

/** Medians of each contestant on a workload; a ratio is that of each round to the C client of the same round. */
export function summarise(runs, limitName) {
  const limits = new Map(runs.filter((run) => run.tool === limitName).map((run) => [run.round, run]));
  const tools = [...new Set(runs.map((run) => run.tool))];
  return tools.map((tool) => {
    const own = runs.filter((run) => run.tool === tool);
    const good = own.filter((run) => run.failure === null);
    const figures = Object.fromEntries(
      columns.map(({ id, of, toLimit }) => [id, spread(good.map((run) => valueOf(run, of, toLimit ? limits : null)))]),
    );
    const failures = [...new Set(own.filter((run) => run.failure !== null).map((run) => run.failure))];
    return { tool, runs: own.length, good: good.length, failures, figures };
  });
}

function valueOf(run, of, limits) {
  if (limits === null) return of(run) ?? null;
  const limit = limits.get(run.round);
  return limit === undefined || limit.failure !== null ? null : of(run) / of(limit);
}

/** The Markdown table of one workload: medians, and the least and greatest value where they differ as shown. */
export function markdownTable({ workload, summary, titles, skipped }) {
  const shown = columns.filter(
    ({ id, openLoop }) =>
      (openLoop !== true || workload.rate !== null) && summary.some(({ figures }) => figures[id] !== null),
  );
  const lines = [
    `### ${workload.id}: ${workload.title}`,
    '',
    row(['', ...shown.map(({ label }) => label)]),
    row(['---', ...shown.map(() => '---:')]),
  ];
  for (const { tool, good, figures } of summary) {
    if (good > 0) lines.push(row([titles[tool], ...shown.map(({ id, digits }) => cell(figures[id], digits))]));
  }
  const notes = summary.flatMap(({ tool, runs, good, failures }) =>
    failures.map((failure) => `${titles[tool]}: ${runs - good} of ${runs} runs failed: ${failure}`),
  );
  notes.push(...skipped.map(({ tool, reason }) => `${titles[tool] ?? tool}: not run: ${reason}`));
  return [...lines, '', ...notes.map((note) => `- ${note}`), ...(notes.length > 0 ? [''] : [])].join('\n');
}

function cell(figure, digits) {
  if (figure === null) return '-';
  const [median, min, max] = [figure.median, figure.min, figure.max].map((value) => format(value, digits));
  return min === max ? median : `${median} (${min} to ${max})`;
}

function format(value, digits) {
  const text = value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text;
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}
