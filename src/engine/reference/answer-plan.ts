import { seededRandom } from '../../base/random.ts';
import type { ReferenceTiming } from '../../contract/plan.ts';
import type { FaultKind } from './fault.ts';
import type { GenerationRequest } from './request-body.ts';
import { timingSchedule, type TimingSchedule } from './timing-script.ts';

/** How a response ends; all but `complete` and `no-done` take the place of the chunks from `endAtChunk` on. */
export type Ending = 'complete' | (typeof faultyEndings)[number];

/** Everything about one answer, decided before its first byte. */
export interface AnswerPlan {
  readonly index: number;
  readonly request: GenerationRequest;
  readonly model: string;
  readonly created: number;
  readonly schedule: TimingSchedule;
  /** As the script counts them. */
  readonly promptTokens: number;
  /** As the usage says. */
  readonly promptTokensSaid: number;
  /** null: the usage doesn't tell. */
  readonly cachedTokens: number | null;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly finishReason: 'length' | 'stop';
  readonly finalUsage: boolean;
  readonly runningUsage: boolean;
  readonly ending: Ending;
  /** Chunks before this one are written. */
  readonly endAtChunk: number;
  /** An event that is spoilt on its way. */
  readonly spoilt: { readonly chunk: number; readonly by: 'bad-utf8' | 'broken-json' } | null;
}

/** The part of the server's options that shapes an answer. */
export interface AnswerRules {
  readonly timing: ReferenceTiming;
  readonly model: string;
  readonly usage: 'final' | 'running' | 'off';
  readonly addedTokens: number;
  readonly reasoningTokens: number;
}

const faultyEndings = [
  'reset-mid-stream',
  'hang-mid-stream',
  'end-mid-stream',
  'error-event',
  'no-done',
] as const satisfies readonly FaultKind[];

/** The same request at the same index is always answered with the same tokens at the same times. */
export function planAnswer(
  index: number,
  request: GenerationRequest,
  rules: AnswerRules,
  faults: ReadonlySet<FaultKind>,
): AnswerPlan {
  const promptTokens = request.promptIds.length + rules.addedTokens;
  const outputTokens = outputLength(request, faults);
  const schedule = answerSchedule(index, rules.timing, { promptTokens, outputTokens });
  const chunks = schedule.tokens.length;
  const middle = Math.floor(chunks / 2);
  const ending = faultyEndings.find((kind) => faults.has(kind)) ?? 'complete';
  const spoiltBy = faults.has('bad-utf8') ? 'bad-utf8' : faults.has('broken-json') ? 'broken-json' : null;
  const isNative = request.native !== null;
  const tellsUsage = rules.usage !== 'off' && !faults.has('no-usage');
  return {
    index,
    request,
    model: rules.model,
    created: Math.floor(Date.now() / 1000),
    schedule,
    promptTokens,
    promptTokensSaid: promptTokens + (faults.has('wrong-prompt-count') ? 1 : 0),
    cachedTokens: cachedTokens(promptTokens, faults),
    outputTokens,
    reasoningTokens: request.endpoint === 'chat' ? Math.min(rules.reasoningTokens, outputTokens) : 0,
    finishReason: outputTokens === request.maxTokens ? 'length' : 'stop',
    finalUsage: tellsUsage && !isNative && (request.includeUsage || !request.stream),
    // SGLang's own route has its counts in every event, and no event of their own.
    runningUsage:
      tellsUsage && (isNative || (rules.usage === 'running' && request.includeUsage && request.continuousUsage)),
    ending,
    endAtChunk: ending === 'complete' || ending === 'no-done' ? chunks : middle,
    spoilt: spoiltBy === null ? null : { chunk: middle, by: spoiltBy },
  };
}

function outputLength(request: GenerationRequest, faults: ReadonlySet<FaultKind>): number {
  if (faults.has('zero-tokens')) return 0;
  if (!faults.has('short-output')) return request.maxTokens;
  return Math.max(1, request.leastTokens, Math.floor(request.maxTokens / 2));
}

// An answer without tokens still has one event, at the time of the first token: it carries the finish reason.
function answerSchedule(
  index: number,
  timing: ReferenceTiming,
  lengths: { promptTokens: number; outputTokens: number },
): TimingSchedule {
  const random = seededRandom(`reference ${timing.seed} ${index}`);
  if (lengths.outputTokens > 0) return timingSchedule(timing, random, lengths);
  const first = timingSchedule(timing, random, { ...lengths, outputTokens: 1 });
  return { dueNs: first.dueNs, tokens: Uint32Array.of(0) };
}

function cachedTokens(promptTokens: number, faults: ReadonlySet<FaultKind>): number | null {
  if (faults.has('no-cached-count')) return null;
  return faults.has('cache-hit') ? Math.max(1, Math.floor(promptTokens / 2)) : 0;
}
