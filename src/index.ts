// The library: what the command line does, in a few lines. Plan, run, summarise, render.
export type { Comparison } from './contract/comparison.ts';
export type { RunObserver } from './contract/engine.ts';
export type { CellPlan, RunPlan } from './contract/plan.ts';
export type { RequestRecord } from './contract/record.ts';
export type { Outcome } from './contract/request.ts';
export type { Advice, Summary, SummaryRow, SummaryValue } from './contract/summary.ts';
export { exitCodes, TokometerError } from './base/errors.ts';
export { plan } from './plan/plan.ts';
export { planBatch, type PlannedBatch, type PlannedEntry } from './plan/batch.ts';
export type { PerfOptions } from './plan/option/perf.ts';
export { compareSummaries as compare } from './metrics/comparison/compare-summaries.ts';
export { run, type RunContext, type RunResult } from './run/run.ts';
export { summarizeDirectory as summarize } from './run/summarize-directory.ts';
export { render } from './report/render.ts';
export { renderComparison, type ComparisonFormat } from './report/comparison/render-comparison.ts';
