import { messageOf, TokometerError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import type { Llama } from './llama-binding.ts';

type LlamaModel = Awaited<ReturnType<Llama['loadModel']>>;
type LlamaContext = Awaited<ReturnType<LlamaModel['createContext']>>;
type LlamaContextSequence = ReturnType<LlamaContext['getSequence']>;
type Token = ReturnType<LlamaModel['tokenize']>[number];

/** CPU threads of the two halves of a request. */
export interface Threads {
  readonly prefill: number;
  readonly decode: number;
}

export interface Generation {
  readonly ids: Uint32Array;
  readonly outputTokens: number;
  readonly threads: Threads;
  readonly temperature: number;
  readonly seed: number;
  readonly signal: AbortSignal | null;
  /** Called just before the first evaluation. */
  readonly started: () => void;
  /** Called first thing after each token. */
  readonly token: (id: number) => void;
}

/** Prompt tokens of one evaluation: llama.cpp's usual micro-batch. */
export const batchTokens = 512;
// llama.cpp pads the cache to this many cells.
const contextStep = 256;

/**
 * A model in memory and its one context. llama.cpp is limited to the threads that each half of a request wants through the
 * instance's public `maxThreads`, which is read at each evaluation.
 */
export class LlamaRuntime {
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #mostThreads: number;
  #context: LlamaContext | null = null;
  #sequence: LlamaContextSequence | null = null;

  private constructor(llama: Llama, model: LlamaModel, mostThreads: number) {
    this.#llama = llama;
    this.#model = model;
    this.#mostThreads = mostThreads;
  }

  /** Loads the model; throws E_ENGINE_START. `mostThreads`: the largest number that a generation will ask for. */
  static async load(llama: Llama, path: string, mostThreads: number): Promise<LlamaRuntime> {
    try {
      // Weights that llama.cpp repacks for this CPU would be resident twice with mmap: once as they are used, once as file.
      const model = await llama.loadModel({ modelPath: path, useMmap: false });
      return new LlamaRuntime(llama, model, mostThreads);
    } catch (error) {
      throw new TokometerError('E_ENGINE_START', `llama.cpp could not load ${path}: ${messageOf(error)}`, {
        hint: 'check that this llama.cpp knows the architecture of the model and that the memory holds it (--debug shows its log)',
        cause: error,
      });
    }
  }

  /** Tokens that fit into the context: prompt and generation together; 0 before the first resize. */
  get contextTokens(): number {
    return this.#context?.contextSize ?? 0;
  }

  get flashAttention(): string {
    return String(this.#context?.flashAttention ?? 'auto');
  }

  /** Makes a new, empty context for `tokens` tokens; throws E_ENGINE_START when the memory does not hold it. */
  async resize(tokens: number): Promise<void> {
    await this.#disposeContext();
    const contextSize = Math.ceil(tokens / contextStep) * contextStep;
    this.#llama.maxThreads = 0;
    try {
      this.#context = await this.#model.createContext({
        contextSize,
        batchSize: Math.min(batchTokens, contextSize),
        sequences: 1,
        threads: this.#mostThreads,
        failedCreationRemedy: false,
      });
      this.#sequence = this.#context.getSequence();
    } catch (error) {
      const size = formatCount(contextSize);
      throw new TokometerError(
        'E_ENGINE_START',
        `llama.cpp could not make a context of ${size} tokens: ${messageOf(error)}`,
        {
          hint: 'lower --prompt-lengths or --max-tokens, or choose a smaller model: the context takes memory for every token',
          cause: error,
        },
      );
    }
  }

  /** Token ids of a text, without special tokens. */
  tokenize(text: string): Uint32Array {
    return Uint32Array.from(this.#model.tokenize(text, false));
  }

  detokenize(ids: Uint32Array): string {
    return this.#model.detokenize(asTokens(ids));
  }

  /**
   * Empties the cache, evaluates the prompt and generates exactly `outputTokens` tokens, end-of-sequence or not. Rejects with
   * llama.cpp's error. Returns early, after the evaluation under way, when the signal is aborted.
   */
  async generate({ ids, outputTokens, threads, signal, ...rest }: Generation): Promise<void> {
    const sequence = this.#sequence;
    if (sequence === null) throw new Error('there is no context yet');
    await sequence.clearHistory();
    if (sequence.nextTokenIndex !== 0) throw new Error(`the cache still holds ${sequence.nextTokenIndex} tokens`);
    // The batches that llama.cpp would make of the whole prompt, one call each: an abort is heard between them.
    const batches: Token[][] = [];
    for (let at = 0; at < ids.length; at += batchTokens) batches.push(asTokens(ids.subarray(at, at + batchTokens)));
    const last = batches.pop() ?? [];
    const options = { temperature: rest.temperature, seed: rest.seed, yieldEogToken: true };

    this.#llama.maxThreads = threads.prefill;
    rest.started();
    for (const batch of batches) {
      await sequence.evaluateWithoutGeneratingNewTokens(batch);
      if (signal?.aborted === true) return;
    }
    const tokens = sequence.evaluateWithMetadata(last, {}, options);
    for (let made = 0; made < outputTokens; made++) {
      const next = await tokens.next();
      if (next.done === true) throw new Error(`generation ended after ${made} of ${outputTokens} tokens`);
      rest.token(next.value.token);
      this.#llama.maxThreads = threads.decode;
      if (signal?.aborted === true) break;
    }
    await tokens.return();
  }

  async dispose(): Promise<void> {
    await this.#disposeContext();
    await this.#model.dispose();
  }

  async #disposeContext(): Promise<void> {
    const context = this.#context;
    this.#context = null;
    this.#sequence = null;
    await context?.dispose();
  }
}

// A wall: the binding brands its token ids, and a plain number becomes one only by assertion.
function asTokens(ids: Uint32Array): Token[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Array.from(ids, (id) => id as Token);
}
