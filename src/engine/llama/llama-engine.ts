/**
 * llama.cpp in this process. In: the plan's engine part and a model. Out: an Engine whose every token is stamped in this
 * process, first thing on its arrival. It must not know how prompts are made, when they are due, or what is computed
 * from the stamps.
 */
import { availableParallelism, cpus } from 'node:os';
import type { RunClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import type { Engine, EngineFacts, ProbeResult, SpeedProbe, Tell, Vocabulary } from '../../contract/engine.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import type { LocalLlamaPlan } from '../../contract/plan.ts';
import type { ChunkSink, Outcome, RequestSpec } from '../../contract/request.ts';
import { answered, failed } from '../exact-outcome.ts';
import { probeBySending } from '../probe-by-sending.ts';
import { normalIds } from './gguf-check.ts';
import { loadLlamaBinding } from './llama-binding.ts';
import { batchTokens, LlamaRuntime, type Threads } from './llama-runtime.ts';
import { findModelFile, type ModelFile } from './model-file.ts';
import { probeTokens, type ProbeInput } from './probe-request.ts';
import { probeSpeed } from './speed-probe.ts';
import { describeThreadProbe, probeThreads, threadCandidates, type ThreadProbe } from './thread-probe.ts';

export interface LlamaEngineInput {
  readonly plan: LocalLlamaPlan;
  readonly model: string;
  readonly clock: RunClock;
  /** Longest prompt + generation; null: told later, by `resize`. */
  readonly maxLength: number | null;
  readonly tell: Tell;
}

/** Opens the model and chooses the threads. Throws E_MODEL_FILE, E_PLAN, E_DISK_FULL, E_MISSING_PACKAGE, E_ENGINE_START. */
export async function openLlamaEngine({ plan, model, clock, maxLength, tell }: LlamaEngineInput): Promise<Engine> {
  const { llama, version } = await loadLlamaBinding(tell);
  const file = await findModelFile(plan, model, tell);
  const ids = normalIds(file.facts);
  const cores = availableParallelism();
  const startNs = clock.nowNs();
  const runtime = await LlamaRuntime.load(llama, file.path, Math.max(cores, plan.threads ?? 1));
  const loadMs = (clock.nowNs() - startNs) / 1e6;
  try {
    const parts = { runtime, clock, file, ids, version, loadMs, tell };
    const engine = new LlamaEngine(parts, { decode: plan.threads ?? 1, prefill: plan.threads ?? cores });
    if (plan.threads === null) await engine.chooseThreads(threadCandidates(cores));
    if (maxLength !== null) await engine.resize(maxLength);
    return engine;
  } catch (error) {
    await runtime.dispose();
    throw error;
  }
}

interface EngineParts {
  readonly runtime: LlamaRuntime;
  readonly clock: RunClock;
  readonly file: ModelFile;
  readonly ids: Uint32Array;
  readonly version: string;
  readonly loadMs: number;
  readonly tell: Tell;
}

class LlamaEngine implements Engine {
  readonly #parts: EngineParts;
  #threads: Threads;
  #threadProbe: ThreadProbe | null = null;
  #speed: SpeedProbe | null = null;
  #maxLength: number | null = null;
  #busy = false;

  constructor(parts: EngineParts, threads: Threads) {
    this.#parts = parts;
    this.#threads = threads;
  }

  readonly facts = (): EngineFacts => {
    const { file, version, loadMs, runtime } = this.#parts;
    const { decode, prefill } = this.#threads;
    return {
      name: 'llama.cpp (node-llama-cpp)',
      version,
      device: `${cpus()[0]?.model.trim() ?? 'CPU'}, ${decode} thread(s) for decode, ${prefill} for prefill`,
      gpuCount: 0,
      url: null,
      pid: process.pid,
      weights: file.weights,
      dtype: file.facts.quantization,
      maxLength: this.#maxLength,
      cache: 'off',
      settings: {
        model: file.path,
        architecture: file.facts.architecture,
        threadsDecode: decode,
        threadsPrefill: prefill,
        threadsChosenBy: this.#threadProbe === null ? 'plan' : 'probe',
        ...probeSettings(this.#threadProbe),
        batchTokens,
        contextTokens: runtime.contextTokens,
        flashAttention: runtime.flashAttention,
        mmap: false,
        loadMs: Math.round(loadMs),
      },
      memory: this.memory(),
      notes: [...file.notes, ...(this.#threadProbe === null ? [] : [describeThreadProbe(this.#threadProbe)])],
    };
  };

  memory(): readonly MemoryFigure[] {
    const method = 'resident set of this process: weights, KV cache and Node.js itself';
    return [
      { kind: 'host', bytes: process.memoryUsage().rss, method, reason: null },
      { kind: 'device', bytes: null, method: 'none', reason: 'CPU build: no GPU is used' },
    ];
  }

  vocabulary(): Promise<Vocabulary> {
    return Promise.resolve({ ids: this.#parts.ids, source: 'normal tokens of the GGUF vocabulary' });
  }

  tokenize(text: string): Promise<Uint32Array> {
    return Promise.resolve(this.#parts.runtime.tokenize(text));
  }

  /** Sizes the context for this prompt + generation, as far as the model reaches. */
  async resize(maxLength: number): Promise<void> {
    const reach = this.#parts.file.facts.contextLength ?? maxLength;
    await this.#parts.runtime.resize(Math.min(maxLength, reach));
    this.#maxLength = Math.min(maxLength, reach);
  }

  async chooseThreads(candidates: readonly number[]): Promise<void> {
    await this.#makeRoom();
    this.#threadProbe = await probeThreads(this.#probeInput(), candidates);
    this.#threads = this.#threadProbe.threads;
    this.#parts.tell.note(describeThreadProbe(this.#threadProbe));
  }

  async speed(): Promise<SpeedProbe> {
    if (this.#speed === null) {
      const before = this.#maxLength;
      await this.#makeRoom();
      this.#speed = await probeSpeed(this.#probeInput(), this.#threads);
      if (before !== null && before !== this.#maxLength) await this.resize(before);
    }
    return this.#speed;
  }

  probe(request: RequestSpec): Promise<ProbeResult> {
    return probeBySending(this, request);
  }

  async send(request: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Outcome> {
    const { clock } = this.#parts;
    if (this.#busy) {
      sink.ended(clock.nowNs());
      return failed('engine', 'the embedded engine answers one request at a time: use --parallel 1');
    }
    this.#busy = true;
    try {
      return await this.#answer(request, sink, signal);
    } catch (error) {
      sink.ended(clock.nowNs());
      return failed('engine', messageOf(error));
    } finally {
      this.#busy = false;
    }
  }

  async close(): Promise<void> {
    await this.#parts.runtime.dispose();
  }

  async #answer(request: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Outcome> {
    const { runtime, clock, file } = this.#parts;
    const { prompt, outputTokens } = request;
    const ids = prompt.kind === 'ids' ? prompt.ids : runtime.tokenize(prompt.text);
    const reason = impossible(ids, file.facts.vocabularySize ?? 0);
    if (reason !== null) {
      sink.ended(clock.nowNs());
      return failed('engine', reason);
    }
    if (runtime.contextTokens === 0) await this.#makeRoom();
    if (ids.length + outputTokens > runtime.contextTokens) {
      sink.ended(clock.nowNs());
      const needed = `${formatCount(ids.length)} prompt tokens and ${formatCount(outputTokens)} generated`;
      return failed(
        'context-length',
        `${needed} are more than the context of ${formatCount(runtime.contextTokens)} tokens`,
      );
    }
    let made = 0;
    let endNs = 0;
    await runtime.generate({
      ids,
      outputTokens,
      threads: this.#threads,
      temperature: request.temperature ?? 0,
      seed: request.index,
      signal,
      started: () => sink.sent(clock.nowNs(), null),
      token: () => {
        endNs = clock.nowNs();
        sink.chunk(endNs, 1, 'answer');
        made++;
      },
    });
    sink.ended(made === outputTokens ? endNs : clock.nowNs());
    sink.usage({ promptTokens: ids.length, cachedTokens: 0, outputTokens: made });
    if (made < outputTokens) return failed('cancelled', `cancelled after ${made} of ${outputTokens} tokens`);
    return answered;
  }

  /** A context that the probes fit into. */
  async #makeRoom(): Promise<void> {
    if (this.#parts.runtime.contextTokens < probeTokens) await this.resize(probeTokens);
  }

  #probeInput(): ProbeInput {
    const { runtime, clock, ids } = this.#parts;
    const generate = runtime.generate.bind(runtime);
    return { generate, nowNs: clock.nowNs, ids, contextTokens: runtime.contextTokens };
  }
}

function probeSettings(probe: ThreadProbe | null): Readonly<Record<string, number | null>> {
  const settings: Record<string, number | null> = {};
  if (probe === null) return settings;
  for (const { threads, decodeTokensPerSecond, prefillTokensPerSecond } of probe.speeds) {
    settings[`probeDecodeTokensPerSecondAt${threads}`] = rounded(decodeTokensPerSecond);
    settings[`probePrefillTokensPerSecondAt${threads}`] = rounded(prefillTokensPerSecond);
  }
  settings['probeMs'] = Math.round(probe.ms);
  return settings;
}

function rounded(tokensPerSecond: number | null): number | null {
  return tokensPerSecond === null ? null : Math.round(tokensPerSecond * 100) / 100;
}

/** Why these ids can't be a prompt; null when they can. */
function impossible(ids: Uint32Array, vocabularySize: number): string | null {
  if (ids.length === 0) return 'the prompt is empty';
  const outside = ids.find((id) => id >= vocabularySize);
  return outside === undefined
    ? null
    : `the prompt holds the id ${outside}, and the vocabulary has ${vocabularySize} tokens`;
}
