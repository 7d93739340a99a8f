// The reference engine in this process: comes in a request, go out chunk stamps at scripted times, counted exactly.
// For tests, demonstration and calibration. It computes nothing and opens no socket.
// Must not know who sends, when, or what is done with the stamps.
import type { RunClock } from '../../base/clock.ts';
import { onAbort } from '../../base/on-abort.ts';
import { packageVersion } from '../../base/package-version.ts';
import { seededRandom } from '../../base/random.ts';
import type { Engine, EngineFacts } from '../../contract/engine.ts';
import type { ReferenceTiming } from '../../contract/plan.ts';
import type { ChunkSink, FailureKind, Outcome, RequestSpec } from '../../contract/request.ts';
import { Pacer } from './pacer.ts';
import { promptVocabulary, tokenizeText } from './reference-tokens.ts';
import { timingSchedule } from './timing-script.ts';

export interface ReferenceEngineInput {
  readonly timing: ReferenceTiming;
  readonly clock: RunClock;
  /** Longest prompt + generation, in tokens; without it every length is taken. */
  readonly maxLength?: number;
}

/** An engine whose answers come at scripted times. Its stamps are taken just after each due time, never before. */
export function createReferenceEngine(input: ReferenceEngineInput): Engine {
  const pacer = new Pacer(input.clock.nowNs);
  const stops = new Set<() => void>();
  let closed = false;

  const send = (request: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Outcome> =>
    new Promise((resolve) => {
      const { clock } = input;
      const sentNs = clock.nowNs();
      sink.sent(sentNs, null);
      const end = (outcome: Outcome): void => {
        sink.ended(clock.nowNs());
        resolve(outcome);
      };
      if (closed) return end(failure('engine', 'the reference engine is closed'));
      if (signal.aborted) return end(failure('cancelled', 'the request was cancelled before it began'));
      const promptTokens = countPrompt(request);
      const { outputTokens } = request;
      const refusal = refusalOf(promptTokens, outputTokens, input.maxLength ?? null);
      if (refusal !== null) return end(refusal);

      const random = seededRandom(`reference ${input.timing.seed} ${request.index}`);
      const { dueNs, tokens } = timingSchedule(input.timing, random, { promptTokens, outputTokens });
      let next = 0;

      const finish = (outcome: Outcome): void => {
        forget();
        stops.delete(cancel);
        end(outcome);
      };
      const step = (): void => {
        sink.chunk(clock.nowNs(), tokens[next] ?? 0, 'answer');
        next++;
        if (next < tokens.length) {
          waiting = pacer.at(sentNs + (dueNs[next] ?? 0), step);
          return;
        }
        sink.usage({ promptTokens, cachedTokens: 0, outputTokens });
        finish({ ...ok, finishReason: 'length' });
      };
      const cancel = (): void => {
        pacer.cancel(waiting);
        finish(failure('cancelled', `the request was cancelled after ${next} of ${tokens.length} chunks`));
      };
      let waiting = pacer.at(sentNs + (dueNs[0] ?? 0), step);
      stops.add(cancel);
      const forget = onAbort(signal, cancel);
    });

  return {
    facts: () => factsOf(input),
    send,
    close: async () => {
      closed = true;
      for (const stop of stops) stop();
      pacer.close();
    },
    tokenize: async (text) => Uint32Array.from(tokenizeText(text)),
    vocabulary: async () => ({ ids: promptVocabulary(), source: 'reference engine: ids 1000 to 9999' }),
    memory: () => [],
  };
}

const ok: Outcome = {
  status: 'ok',
  failure: null,
  message: null,
  httpStatus: null,
  finishReason: null,
  lengthRule: 'engine',
};

function failure(kind: FailureKind, message: string): Outcome {
  return { ...ok, status: 'failed', failure: kind, message };
}

function refusalOf(promptTokens: number, outputTokens: number, maxLength: number | null): Outcome | null {
  if (outputTokens < 1) return failure('no-tokens', `${outputTokens} tokens were asked for`);
  if (maxLength === null || promptTokens + outputTokens <= maxLength) return null;
  const message = `${promptTokens} prompt tokens and ${outputTokens} to generate exceed the engine's ${maxLength}`;
  return failure('context-length', message);
}

function countPrompt(request: RequestSpec): number {
  const { prompt } = request;
  return prompt.kind === 'ids' ? prompt.ids.length : tokenizeText(prompt.text).length;
}

function factsOf(input: ReferenceEngineInput): EngineFacts {
  const { timing } = input;
  return {
    name: 'reference engine',
    version: packageVersion(),
    device: null,
    gpuCount: null,
    url: null,
    pid: null,
    weights: 'unknown',
    dtype: null,
    maxLength: input.maxLength ?? null,
    cache: 'off',
    settings: { ...timing },
    memory: [],
    notes: ['The timing of this engine is scripted: its speeds are what was asked for, not a measurement of a model.'],
  };
}
