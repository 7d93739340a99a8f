// What the tests of servers that Tokometer starts share: plans, requests, a parent process that can be killed, and a
// tiny model without weights or tokenizer.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRunClock } from '../../src/base/clock.ts';
import type { ModelShape } from '../../src/catalog/model-shape.ts';
import type { Engine, Tell } from '../../src/contract/engine.ts';
import type { Outcome, RequestSpec, TokenUsage } from '../../src/contract/request.ts';
import type { ManagedEngineInput } from '../../src/engine/managed/launch.ts';
import { openManagedEngine } from '../../src/engine/managed/managed-engine.ts';
import { groupMembers } from '../../src/engine/managed/process-group.ts';

const root = resolve(import.meta.dirname, '../..');

export interface Told {
  readonly tell: Tell;
  readonly notes: string[];
  readonly warnings: string[];
}

export function listen(): Told {
  const notes: string[] = [];
  const warnings: string[] = [];
  const tell = { note: (text: string) => notes.push(text), warning: (text: string) => warnings.push(text) };
  return { tell: { ...tell, debug: () => undefined }, notes, warnings };
}

export type OpenInput = Omit<ManagedEngineInput, 'clock' | 'tell' | 'interpreter'> &
  Partial<Pick<ManagedEngineInput, 'tell' | 'interpreter'>>;

export function open(input: OpenInput): Promise<Engine> {
  return openManagedEngine({ clock: startRunClock(), tell: listen().tell, interpreter: null, ...input });
}

export interface Answered {
  readonly outcome: Outcome;
  readonly usage: TokenUsage | null;
  /** Chunks that carried tokens. */
  readonly chunks: number;
  readonly tokens: number;
}

export function request(ids: Uint32Array, outputTokens: number): RequestSpec {
  return {
    index: 0,
    prompt: { kind: 'ids', ids },
    promptTokens: ids.length,
    outputTokens,
    minOutputTokens: outputTokens,
    temperature: 0,
    extraArguments: {},
  };
}

/** Sends a request; `onChunk` is called with each chunk that carries tokens. */
export async function answer(engine: Engine, spec: RequestSpec, onChunk?: () => void): Promise<Answered> {
  let usage: TokenUsage | null = null;
  let chunks = 0;
  let tokens = 0;
  const outcome = await engine.send(
    spec,
    {
      sent: () => undefined,
      chunk: (_atNs, held) => {
        chunks++;
        tokens += held === 'unknown' ? 0 : held;
        onChunk?.();
      },
      usage: (told) => (usage = told),
      timings: () => undefined,
      ended: () => undefined,
    },
    new AbortController().signal,
  );
  return { outcome, usage, chunks, tokens };
}

/** Ids that differ from prompt to prompt. */
export function someIds(count: number, below: number, start = 0): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => 20 + ((start + index * 37) % (below - 20)));
}

export const tinyVocabulary = 4096;

/** Two layers, four heads of 64: vLLM's CPU kernels fail on smaller ones. No tokenizer, no weights. */
export function writeTinyQwen(folder: string, overrides: Readonly<Record<string, unknown>> = {}): void {
  const config = {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    hidden_size: 256,
    intermediate_size: 512,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    hidden_act: 'silu',
    max_position_embeddings: 32_768,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    tie_word_embeddings: true,
    torch_dtype: 'bfloat16',
    vocab_size: tinyVocabulary,
    bos_token_id: 0,
    eos_token_id: 1,
    ...overrides,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
}

/** The managed room compiled into a folder of its own: Node 20 runs no TypeScript. */
export function compileRoom(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tokometer-managed-'));
  const source = join(root, 'src');
  const compilerOptions = {
    rootDir: source,
    outDir: join(folder, 'dist'),
    typeRoots: [join(root, 'node_modules/@types')],
    sourceMap: false,
    declaration: false,
    declarationMap: false,
  };
  const files = [join(source, 'engine/managed/managed-engine.ts')];
  const config = { extends: join(root, 'tsconfig.build.json'), compilerOptions, files, include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  writeFileSync(join(folder, 'parent.js'), parentScript);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const parentScript = `
import { startRunClock } from './dist/base/clock.js';
import { openManagedEngine } from './dist/engine/managed/managed-engine.js';
const input = JSON.parse(process.argv[2]);
const quiet = { note: () => {}, warning: () => {}, debug: () => {} };
const engine = await openManagedEngine({ ...input, clock: startRunClock(), tell: quiet });
process.stdout.write(JSON.stringify({ pid: engine.facts().pid }) + '\\n');
if (input.streams) {
  const spec = {
    index: 0, prompt: { kind: 'ids', ids: Uint32Array.from({ length: 16 }, (_, i) => 30 + i) }, promptTokens: 16,
    outputTokens: 4000, minOutputTokens: null, temperature: 0, extraArguments: {},
  };
  const sink = { sent() {}, chunk() { process.stdout.write('chunk\\n'); }, usage() {}, timings() {}, ended() {} };
  void engine.send(spec, sink, new AbortController().signal);
}
setInterval(() => {}, 1000);
`;

export function startParent(
  folder: string,
  input: Readonly<Record<string, unknown>>,
): {
  readonly child: ChildProcess;
  /** The next line that it prints. */
  line(pattern: RegExp): Promise<string>;
} {
  const child = spawn(process.execPath, [join(folder, 'parent.js'), JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(text));
  const line = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = lines.find((text) => pattern.test(text));
      if (found !== undefined) return found;
      if (child.exitCode !== null) throw new Error(`the parent ended (exit ${child.exitCode})`);
      // oxlint-disable-next-line no-await-in-loop -- polling
      await sleep(20);
    }
  };
  return { child, line };
}

/** Resolves with how long it took until a condition holds; rejects after the limit. */
export async function timeUntil(holds: () => boolean, limitMs: number): Promise<number> {
  const startedAtMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedAtMs > limitMs) throw new Error(`it did not come true within ${limitMs} ms`);
    // oxlint-disable-next-line no-await-in-loop -- polling
    await sleep(20);
  }
  return performance.now() - startedAtMs;
}

export function isGroupGone(groupId: number): boolean {
  return groupMembers(groupId).length === 0;
}

/** The smallest shape that a GGUF file is written for: one layer of 64, and a short reach. */
export const tinyGgufShape: ModelShape = {
  name: 'Tiny',
  family: 'qwen2',
  layers: 1,
  hiddenSize: 64,
  attentionHeads: 2,
  keyValueHeads: 1,
  headDimension: 32,
  intermediateSize: 64,
  experts: null,
  vocabularySize: 512,
  tiedEmbeddings: true,
  attentionBias: true,
  queryKeyNorm: false,
  contextLength: 256,
  ropeTheta: 10_000,
  normEpsilon: 1e-6,
  bosTokenId: 510,
  eosTokenId: 511,
};
