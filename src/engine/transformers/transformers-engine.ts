/**
 * Hugging Face Transformers in a Python process of our own. In: the plan's engine part and a model folder. Out: an Engine
 * whose every token is stamped in that process, after the device has finished it; the stamps arrive when all is over.
 * It must not know where models come from, how prompts are made, or what is computed from the stamps.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunClock } from '../../base/clock.ts';
import { TokometerError } from '../../base/errors.ts';
import { oneLine } from '../../base/escape.ts';
import { onAbort } from '../../base/on-abort.ts';
import { packageRoot } from '../../base/package-root.ts';
import { formatBytes, formatCount, formatDuration } from '../../base/units.ts';
import type { Engine, EngineFacts, ProbeResult, SpeedProbe, Tell, Vocabulary } from '../../contract/engine.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import type { TransformersPlan } from '../../contract/plan.ts';
import type { ChunkSink, FailureKind, Outcome, RequestSpec } from '../../contract/request.ts';
import { answered, failed } from '../exact-outcome.ts';
import { findPython } from '../python/find-python.ts';
import type { FoundPython } from '../python/found-python.ts';
import { probeBySending } from '../probe-by-sending.ts';
import type { LoadMessage, WorkerAnswer, WorkerFacts } from './messages.ts';
import { findModelFolder } from './model-folder.ts';
import { probeSpeed } from './speed-probe.ts';
import { engineFacts, memoryFigures, phasePeaks, promptVocabulary } from './worker-facts.ts';
import { startFailure } from './worker-failure.ts';
import { WorkerProcess, type WorkerReply } from './worker-process.ts';

const workerFile = fileURLToPath(new URL('python/transformers_worker.py', packageRoot));
// Random weights are drawn from one seed: what they are does not matter, that they are the same everywhere does.
const seed = 1;
// A token of a large model on a CPU takes a while, and a prefill can't be interrupted at all.
const cancelGraceMs = 5000;

export interface TransformersEngineInput {
  readonly plan: TransformersPlan;
  readonly model: string;
  /** A local folder; null with dummy weights: the shape is taken from the catalogue. */
  readonly modelPath: string | null;
  /** Longest prompt + generation, for shapes of the catalogue that must be stretched to it; null: unknown. */
  readonly maxLength?: number | null;
  readonly clock: RunClock;
  readonly tell: Tell;
  /** What the worker and its libraries print is appended here. */
  readonly logFile: string;
}

/** Starts the worker and loads the model. Throws E_MISSING_PACKAGE, E_MODEL_FILE, E_PLAN, E_ENGINE_START. */
export async function openTransformersEngine(input: TransformersEngineInput): Promise<Engine> {
  const { plan, model, tell } = input;
  const environment = process.env;
  const maxLength = input.maxLength ?? null;
  const modelPath = await findModelFolder({ plan, model, modelPath: input.modelPath, maxLength, tell, environment });
  const python = await findPython({ python: plan.python, needs: 'transformers', environment });
  tell.debug(`Python: ${python.path} (${python.source})`);
  const worker = new WorkerProcess({
    command: python.path,
    words: ['-u', workerFile],
    environment: workerEnvironment(plan, environment),
    logFile: input.logFile,
  });
  try {
    const ready = await load(worker, { input, modelPath, python: python.path });
    tell.debug(
      `${formatCount(ready.parameters)} parameters, ${formatBytes(ready.weightBytes)}, ` +
        `loaded in ${formatDuration(ready.loadMs)} after ${formatDuration(ready.importMs)} of imports`,
    );
    return new TransformersEngine({ ...input, worker, ready, modelPath, python });
  } catch (error) {
    worker.kill();
    await worker.close();
    throw error;
  }
}

interface EngineParts extends TransformersEngineInput {
  readonly modelPath: string;
  readonly worker: WorkerProcess;
  readonly ready: WorkerFacts;
  readonly python: FoundPython;
}

class TransformersEngine implements Engine {
  readonly #parts: EngineParts;
  #last: WorkerAnswer['memory'] | null = null;
  #requests = 0;
  #busy = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  readonly facts = (): EngineFacts => {
    const { plan, modelPath, ready, python, worker } = this.#parts;
    return engineFacts({ plan, modelPath, ready, python, pid: worker.pid, last: this.#last });
  };

  memory(): readonly MemoryFigure[] {
    return memoryFigures(this.#parts.ready, this.#last);
  }

  vocabulary(): Promise<Vocabulary> {
    return Promise.resolve(promptVocabulary(this.#parts.ready));
  }

  async speed(): Promise<SpeedProbe> {
    const { ids } = await this.vocabulary();
    const answer = async (promptTokens: number, outputTokens: number): Promise<WorkerAnswer> => {
      const prompt = Array.from({ length: promptTokens }, (_, index) => ids[(index * 7919 + 101) % ids.length] ?? 0);
      const reply = await this.#ask(prompt, outputTokens, new AbortController().signal);
      if (reply.type === 'done') return reply;
      throw new TokometerError('E_ENGINE_START', `the speed probe failed: ${this.#failureOf(reply).message ?? ''}`, {
        hint: 'run without --fit, or name a smaller --model',
      });
    };
    return probeSpeed({ answer, maxLength: this.#parts.ready.maxLength ?? Infinity });
  }

  probe(request: RequestSpec): Promise<ProbeResult> {
    return probeBySending(this, request);
  }

  async send(request: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Outcome> {
    const { clock, ready } = this.#parts;
    const refused = (failure: FailureKind, message: string): Outcome => {
      sink.ended(clock.nowNs());
      return failed(failure, message);
    };
    if (signal.aborted) return refused('cancelled', 'the request was cancelled before it began');
    if (this.#busy) return refused('engine', 'Transformers answers one request at a time: use --parallel 1');
    const { prompt, outputTokens } = request;
    if (prompt.kind !== 'ids') return refused('engine', 'Transformers takes token ids, and this prompt is text');
    const length = prompt.ids.length + outputTokens;
    if (ready.maxLength !== null && length > ready.maxLength) {
      const asked = `${formatCount(prompt.ids.length)} prompt tokens and ${formatCount(outputTokens)} generated`;
      return refused('context-length', `${asked} are more than the ${formatCount(ready.maxLength)} of the model`);
    }
    const reply = await this.#ask(Array.from(prompt.ids), outputTokens, signal);
    if (reply.type !== 'done') {
      sink.ended(clock.nowNs());
      const outcome = this.#failureOf(reply);
      return signal.aborted ? failed('cancelled', `the request was cancelled: ${outcome.message ?? ''}`) : outcome;
    }
    this.#stamp(reply, sink);
    if (reply.outputTokens === outputTokens) return answered;
    const made = `${reply.outputTokens} of ${outputTokens} tokens`;
    return reply.cancelled
      ? failed('cancelled', `the request was cancelled after ${made}`)
      : failed('engine', `Transformers ended after ${made}`);
  }

  async close(): Promise<void> {
    await this.#parts.worker.close();
  }

  async #ask(ids: readonly number[], outputTokens: number, signal: AbortSignal): Promise<WorkerReply> {
    const { worker } = this.#parts;
    const stopWaiting = new AbortController();
    const cancel = (): void => {
      worker.cancel();
      void sleep(cancelGraceMs, null, { signal: stopWaiting.signal, ref: false }).then(
        () => worker.kill(),
        () => undefined,
      );
    };
    this.#busy = true;
    const forget = onAbort(signal, cancel);
    try {
      const reply = await worker.ask({ type: 'generate', id: this.#requests++, ids, outputTokens });
      if (reply.type === 'done') this.#last = reply.memory;
      return reply;
    } finally {
      stopWaiting.abort();
      forget();
      this.#busy = false;
    }
  }

  /** Hands over the worker's stamps, as if they came now. */
  #stamp(answer: WorkerAnswer, sink: ChunkSink): void {
    const { clock, ready } = this.#parts;
    const sentNs = Number(BigInt(answer.sentNs) - clock.originNs);
    const { tokenNs } = answer;
    const firstNs = tokenNs[0];
    const lastNs = tokenNs.at(-1);
    sink.sent(sentNs, null);
    for (const stamp of tokenNs) sink.chunk(sentNs + stamp, 1, 'answer');
    sink.usage({ promptTokens: answer.promptTokens, cachedTokens: 0, outputTokens: answer.outputTokens });
    if (firstNs !== undefined && lastNs !== undefined) {
      sink.timings({
        promptMs: firstNs / 1e6,
        decodeMs: (lastNs - firstNs) / 1e6,
        decodeTokens: tokenNs.length - 1,
        source: 'Transformers worker',
      });
    }
    sink.memory?.([...this.memory(), ...phasePeaks(ready, answer.memory)]);
    sink.ended(sentNs + (lastNs ?? answer.endNs));
  }

  #failureOf(reply: WorkerReply): Outcome {
    if (reply.type === 'error') return failed('engine', oneLine(reply.error.message, 600));
    if (reply.type !== 'ended') return failed('engine', `the worker answered with ${reply.type}`);
    return failed('engine', endText(this.#parts.worker, reply.how));
  }
}

async function load(
  worker: WorkerProcess,
  { input, modelPath, python }: { input: TransformersEngineInput; modelPath: string; python: string },
): Promise<WorkerFacts> {
  const { plan, model, tell } = input;
  const message: LoadMessage = {
    type: 'load',
    modelPath,
    loadFormat: plan.loadFormat,
    dtype: plan.dtype,
    attention: plan.attention,
    deviceMap: plan.deviceMap ?? (namesSeveral(plan.gpus) ? 'auto' : null),
    compile: plan.compile,
    trustRemoteCode: plan.trustRemoteCode,
    seed,
  };
  const stop = new AbortController();
  const late = sleep(plan.startTimeoutMs, null, { signal: stop.signal }).catch(() => null);
  const reply = await Promise.race([worker.ask(message, (text) => tell.debug(`Transformers: ${text}`)), late]);
  stop.abort();
  if (reply === null) {
    throw new TokometerError(
      'E_ENGINE_START',
      `Transformers did not load ${model} within ${formatDuration(plan.startTimeoutMs)}`,
      { hint: 'raise --start-timeout; the log of the engine is in engine.log' },
    );
  }
  if (reply.type === 'ready') return reply;
  if (reply.type === 'error') throw startFailure({ error: reply.error, plan, model, python });
  const how = reply.type === 'ended' ? endText(worker, reply.how) : `the worker answered with ${reply.type}`;
  throw new TokometerError('E_ENGINE_START', `Transformers could not load ${model}: ${how}`, {
    hint: 'SIGKILL without a word is usually the kernel, out of memory: choose a smaller --model or --dtype',
  });
}

function endText(worker: WorkerProcess, how: string): string {
  const lines = worker.lastLogLines();
  return `the worker ${how}${lines === '' ? '' : `; its last lines:\n${lines}`}`;
}

/** Without a network: what the run measures must not depend on what a hub answers. */
function workerEnvironment(
  plan: TransformersPlan,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    ...environment,
    ...(plan.gpus === null ? {} : { CUDA_VISIBLE_DEVICES: plan.gpus }),
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    HF_HUB_DISABLE_TELEMETRY: '1',
    TOKENIZERS_PARALLELISM: 'false',
  };
}

function namesSeveral(gpus: string | null): boolean {
  return gpus !== null && gpus.includes(',');
}
