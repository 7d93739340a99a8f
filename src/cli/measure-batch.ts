import { type ExitCode, exitCodes, messageOf, TokometerError } from '../base/errors.ts';
import type { Summary } from '../contract/summary.ts';
import { verdictOf } from '../metrics/verdict.ts';
import type { PlannedBatch } from '../plan/batch.ts';
import { type BatchLine, renderBatch } from '../report/table/batch-table.ts';
import type { RunResult } from '../run/run.ts';
import type { CommandContext } from './command-module.ts';
import { exitCodeOf } from './exit-code-of.ts';
import { onInterrupt } from './interrupt.ts';
import { watchRun } from './measure-planned.ts';
import { type BatchStep, openBatch } from './open-batch.ts';
import { printError } from './print-error.ts';
import { openPush, type Push, pushMeasured } from './push-results.ts';
import { comparisonCommand } from './comparison-command.ts';
import { columnsOf, usesColour } from './terminal.ts';
import { writeResults } from './write-results.ts';

/** Options of the command, as far as they steer it once the plans are made. */
export interface BatchSteering {
  readonly keepGoing: boolean;
  readonly json: boolean;
  /** The collector that each result goes to. */
  readonly push: string | null;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** Runs what is not done yet, one run after the other, and shows one table over all. Returns the exit code: the worst. */
export async function measureBatch(
  batch: PlannedBatch,
  context: CommandContext,
  steering: BatchSteering,
): Promise<number> {
  const { stdout, stderr, environment } = context;
  const tell = (label: string, text: string): void => {
    if (!steering.quiet) stderr.write(`${label.padEnd(10)} ${text}\n`);
  };
  const push = await openPush(steering.push, { stderr, quiet: steering.quiet });
  const { steps, noLongerAsked } = await openBatch(batch);
  const doneBefore = steps.filter(({ done }) => done !== null).length;
  tell('batch', `${batch.name} in ${batch.directory}: ${doneBefore} of ${steps.length} done before`);
  if (noLongerAsked.length > 0) tell('kept', `no longer asked for: ${noLongerAsked.join(', ')}`);
  const ends = await runSteps(steps, context, { ...steering, push });
  const lines = ends.map(({ line }) => line);
  tell('batch', countsText(lines));
  if (batch.interleave) for (const command of comparisons(ends)) tell('compare', command);
  const summaries = lines.flatMap(({ summary }) => summary ?? []);
  const shown = { width: columnsOf(stdout, environment), colour: usesColour(stdout, environment) };
  stdout.write(steering.json ? `${JSON.stringify(summaries, null, 2)}\n` : renderBatch(lines, shown));
  return worstOf(ends.map(({ code }) => code));
}

type OpenSteering = Omit<BatchSteering, 'push'> & { readonly push: Push | null };

interface StepEnd {
  readonly step: BatchStep;
  readonly line: BatchLine;
  readonly code: number;
  /** Nothing after it could succeed. */
  readonly isLast: boolean;
}

async function runSteps(
  steps: readonly BatchStep[],
  context: CommandContext,
  steering: OpenSteering,
): Promise<StepEnd[]> {
  const interrupt = onInterrupt(() => undefined);
  const { signal } = interrupt;
  const ends: StepEnd[] = [];
  let isOver = false;
  try {
    for (const step of steps) {
      if (step.done !== null) {
        const code = verdictOf(step.done) === 'ok' ? exitCodes.ok : exitCodes.gateMissed;
        ends.push({ step, line: lineOf(step, 'before', { summary: step.done }), code, isLast: false });
      } else if (isOver || signal.aborted) {
        const code = signal.aborted ? exitCodes.interrupted : exitCodes.ok;
        ends.push({ step, line: lineOf(step, 'waiting'), code, isLast: true });
      } else {
        const title = titleOf(step, steps.length);
        const end = await runStep(step, context, { ...steering, title, signal });
        ends.push(end);
        isOver = end.isLast || (!steering.keepGoing && end.code !== exitCodes.ok);
      }
    }
  } finally {
    interrupt.dispose();
  }
  return ends;
}

async function runStep(
  step: BatchStep,
  context: CommandContext,
  telling: { title: string; signal: AbortSignal; quiet: boolean; debug: boolean; push: Push | null },
): Promise<StepEnd> {
  const { plan } = step.entry;
  const { stderr, argv } = context;
  const { signal, debug } = telling;
  try {
    const commandLine = ['tokometer', 'batch', ...argv];
    const result = await watchRun(plan, context, {
      ...telling,
      commandLine,
      logEveryRequests: plan.output.logEveryRequests,
    });
    const write = (): Promise<void> => writeResults({ ...result, plan });
    const measured = await exitCodeOf(result, { stderr, debug, write });
    const code = await pushMeasured(telling.push, { ...result, plan }, { code: measured, stderr, debug });
    return { step, line: lineOfResult(step, result), code, isLast: signal.aborted || isHopeless(result.stoppedBy) };
  } catch (error) {
    // Interrupted before there was anything to measure.
    if (signal.aborted) return { step, line: lineOf(step, 'waiting'), code: exitCodes.interrupted, isLast: true };
    const code = printError(error, { write: (text) => stderr.write(text), debug });
    return { step, line: lineOf(step, 'failed', { failure: failureOf(error) }), code, isLast: isHopeless(error) };
  }
}

function titleOf({ number, round, entry }: BatchStep, count: number): string {
  const name = entry.name === null ? '' : ` · ${entry.name}`;
  const turn = round === null ? '' : ` · round ${round}`;
  return `batch ${number} of ${count} · ${entry.plan.model} · ${entry.plan.engine.api}${name}${turn}`;
}

function lineOfResult(step: BatchStep, { summary, stoppedBy }: RunResult): BatchLine {
  if (stoppedBy === 'signal') return lineOf(step, 'stopped', { summary });
  if (stoppedBy !== null) return lineOf(step, 'stopped', { summary, failure: failureOf(stoppedBy) });
  if (verdictOf(summary) !== 'all-failed') return lineOf(step, 'measured', { summary });
  const failed = summary.rows.flatMap(({ requests }) => requests).find(({ outcome }) => outcome.status === 'failed');
  const text = `E_ALL_FAILED no request succeeded: ${failed?.outcome.message ?? 'nothing was answered'}`;
  return lineOf(step, 'failed', {
    summary,
    failure: { text, hint: `records.jsonl in ${summary.directory} keeps all` },
  });
}

function lineOf(
  { number, round, entry }: BatchStep,
  state: BatchLine['state'],
  found: { summary?: Summary; failure?: BatchLine['failure'] } = {},
): BatchLine {
  const { model, engine } = entry.plan;
  const { summary = null, failure = null } = found;
  const label = `${entry.name ?? model}${round === null ? '' : ` · round ${round}`}`;
  return { number, label, api: engine.api, state, summary, failure };
}

function failureOf(error: unknown): NonNullable<BatchLine['failure']> {
  if (error instanceof TokometerError) return { text: `${error.code} ${error.message}`, hint: error.hint };
  return { text: `E_BUG ${messageOf(error)}`, hint: null };
}

// A disk that can't be written fails every run alike.
function isHopeless(error: unknown): boolean {
  return error instanceof TokometerError && (error.code === 'E_DISK_FULL' || error.code === 'E_OUTPUT');
}

/** How to hold each entry's runs against those of the first one. */
function comparisons(ends: readonly StepEnd[]): string[] {
  const sides = new Map<string, string[]>();
  for (const { step, line } of ends) {
    const isWhole = line.state === 'measured' || line.state === 'before';
    if (!isWhole || line.summary === null) continue;
    sides.set(step.entry.id, [...(sides.get(step.entry.id) ?? []), line.summary.directory]);
  }
  const base = sides.get(ends[0]?.step.entry.id ?? '');
  const others = [...sides.values()].filter((side) => side !== base);
  return base === undefined ? [] : others.map((candidate) => comparisonCommand(base, candidate));
}

function countsText(lines: readonly BatchLine[]): string {
  const count = (state: BatchLine['state']): number => lines.filter((line) => line.state === state).length;
  const parts: [number, string][] = [
    [count('measured'), 'measured'],
    [count('before'), 'done before'],
    [count('failed'), 'failed'],
    [count('stopped'), 'stopped'],
    [count('waiting'), 'not run'],
  ];
  const told = parts.flatMap(([number, text]) => (number === 0 ? [] : [`${number} ${text}`])).join(', ');
  const isOpen = lines.some(({ state }) => state !== 'measured' && state !== 'before');
  return `${told}${isOpen ? '; the same command goes on with what is not done' : ''}`;
}

// From the worst: an interrupt first, since the batch is not over; then as exit codes are numbered, our own bug before all.
const order: readonly ExitCode[] = [
  exitCodes.interrupted,
  exitCodes.bug,
  exitCodes.usage,
  exitCodes.environment,
  exitCodes.engineStart,
  exitCodes.allFailed,
  exitCodes.gateMissed,
];

function worstOf(codes: readonly number[]): number {
  return order.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
