import { oneLine } from '../../base/escape.ts';
import { formatBytes, formatCount } from '../../base/units.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import { logWords } from './engine-log.ts';
import type { ModelFolder } from './model-folder.ts';
import { groupMemory } from './process-group.ts';
import type { MemoryLine, ServerDescription } from './server-description.ts';

/** What a server told of its memory when it was ready. */
export interface ToldMemory {
  readonly parts: readonly ToldPart[];
  /** Tokens that the KV cache holds; null: not told. */
  readonly cacheTokens: number | null;
  /** Tokens of one block of the cache. */
  readonly blockTokens: number | null;
}

export interface ToldPart {
  readonly what: string;
  readonly bytes: number;
  /** The line that says so. */
  readonly source: string;
}

/** Reads amounts of memory from the log's lines, and from `/metrics` where that is more exact. */
export function readToldMemory(description: ServerDescription, lines: readonly string[], metrics: string): ToldMemory {
  const config = /^vllm:cache_config_info\{([^\n]*)\}/m.exec(metrics)?.[1] ?? '';
  const poolBytes = setting(config, 'kv_cache_memory_bytes');
  const logged = description.memory.flatMap((rule) => readPart(rule, lines) ?? []);
  const parts =
    poolBytes === null
      ? logged
      : [
          ...logged.filter((part) => part.what !== 'KV pool'),
          { what: 'KV pool', bytes: poolBytes, source: `/metrics: kv_cache_memory_bytes="${poolBytes}"` },
        ];
  const blockTokens = setting(config, 'block_size');
  const blocks = setting(config, 'num_gpu_blocks');
  return {
    parts,
    cacheTokens: heldTokens(blocks, blockTokens) ?? tokensIn(description.cacheTokens, lines),
    blockTokens,
  };
}

// vLLM's own number of tokens is that of requests of the longest length, of which the last block is partly empty: at a
// length of 272 and blocks of 128 it is 0.71 of what the pool holds.
function heldTokens(blocks: number | null, blockTokens: number | null): number | null {
  return blocks === null || blockTokens === null ? null : blocks * blockTokens;
}

function readPart(rule: MemoryLine, lines: readonly string[]): ToldPart | null {
  const found = lines.flatMap((line) => {
    const match = rule.pattern.exec(line);
    const amount = match?.slice(1).find((group) => group !== undefined);
    return amount === undefined ? [] : [{ bytes: Number(amount) * rule.unitBytes, line: oneLine(logWords(line), 120) }];
  });
  const last = found.at(-1);
  if (last === undefined) return null;
  if (rule.printed === 'once' || found.length === 1) {
    return { what: rule.what, bytes: last.bytes, source: `log: "${last.line}"` };
  }
  const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
  return { what: rule.what, bytes, source: `log: sum of ${found.length} lines, the last "${last.line}"` };
}

function setting(config: string, name: string): number | null {
  const text = new RegExp(`(?:^|,)${name}="(\\d+)"`).exec(config)?.[1];
  return text === undefined || Number(text) === 0 ? null : Number(text);
}

function tokensIn(pattern: RegExp | null, lines: readonly string[]): number | null {
  if (pattern === null) return null;
  const match = lines.map((line) => pattern.exec(line)).findLast((one) => one !== null);
  return match?.[1] === undefined ? null : Number(match[1].replaceAll(',', ''));
}

/** With the weights by their files or by config.json, where the server keeps them to itself (vLLM on a CPU does). */
export function withKnownWeights(told: ToldMemory, folder: ModelFolder): ToldMemory {
  const isTold = told.parts.some((part) => part.what === 'weights');
  const bytes = folder.weightBytes ?? folder.configWeightBytes;
  if (isTold || bytes === null || told.parts.length === 0) return told;
  const source = folder.weightBytes === null ? 'by the numbers of config.json' : 'by the size of their files';
  return { ...told, parts: [{ what: 'weights', bytes, source }, ...told.parts] };
}

/** The figures of a server: what this run needs, what the server told, and what its processes hold now. */
export function memoryFigures(input: {
  description: ServerDescription;
  told: ToldMemory;
  maxLength: number | null;
  groupId: number;
}): MemoryFigure[] {
  const { description, told, maxLength, groupId } = input;
  const parts = told.parts.map((part): MemoryFigure => ({
    kind: 'engine',
    bytes: part.bytes,
    method: `${part.what}, ${part.source}`,
    reason: null,
  }));
  const needed = description.memory.length === 0 ? [] : [neededFigure(description, told, maxLength)];
  return [...needed, ...parts, hostFigure(description.name, groupId)];
}

/** What a request of so many tokens, prompt and generation, needs; empty where the server did not tell enough. */
export function requestMemory(description: ServerDescription, told: ToldMemory, tokens: number): MemoryFigure[] {
  return [neededFigure(description, told, tokens)].filter((figure) => figure.bytes !== null);
}

// Engines that fill the device hold what they are allowed to: what a row needs has to be worked out.
function neededFigure(description: ServerDescription, told: ToldMemory, maxLength: number | null): MemoryFigure {
  const weights = told.parts.find((part) => part.what === 'weights');
  const pool = told.parts.find((part) => part.what === 'KV pool');
  if (weights === undefined) return notTold(`${description.name} did not tell the memory of its weights`);
  if (pool === undefined || told.cacheTokens === null) return notTold(`${description.name} did not tell its KV cache`);
  if (maxLength === null) return notTold('the longest text is not known');
  const blockTokens = told.blockTokens ?? 1;
  const tokens = Math.ceil(maxLength / blockTokens) * blockTokens;
  const beside = told.parts.filter((part) => part !== pool).reduce((sum, part) => sum + part.bytes, 0);
  return {
    kind: 'engine',
    bytes: Math.round(beside + (pool.bytes / told.cacheTokens) * Math.min(tokens, told.cacheTokens)),
    method: `needed: ${told.parts
      .filter((part) => part !== pool)
      .map((part) => (part.source.startsWith('by ') ? `${part.what} (${part.source})` : part.what))
      .join(' + ')} + KV cache of ${formatCount(tokens)} tokens, as the engine told them`,
    reason: null,
  };
}

function notTold(reason: string): MemoryFigure {
  return { kind: 'engine', bytes: null, method: 'needed', reason };
}

function hostFigure(name: string, groupId: number): MemoryFigure {
  const held = groupMemory(groupId);
  if (held === null) return { kind: 'host', bytes: null, method: 'resident memory', reason: `${name} does not run` };
  const { anonymousBytes, fileBytes, processes } = held;
  return {
    kind: 'host',
    bytes: anonymousBytes + fileBytes,
    method:
      `resident memory of ${processes} ${processes === 1 ? 'process' : 'processes'}: anonymous ${formatBytes(anonymousBytes)}, ` +
      `of files ${formatBytes(fileBytes)} (pages shared by processes counted in each)`,
    reason: null,
  };
}
