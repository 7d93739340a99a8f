import type { EngineFacts, Vocabulary } from '../../contract/engine.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import type { TransformersPlan } from '../../contract/plan.ts';
import { type FoundPython, packagesOf } from '../python/found-python.ts';
import type { WorkerAnswer, WorkerFacts } from './messages.ts';

export interface FactsInput {
  readonly plan: TransformersPlan;
  readonly modelPath: string;
  readonly pid: number | null;
  readonly python: FoundPython;
  readonly ready: WorkerFacts;
  /** Of the last request; null before the first. */
  readonly last: WorkerAnswer['memory'] | null;
}

/** What is known of the engine, the memory of each phase among its settings. Bytes. */
export function engineFacts(input: FactsInput): EngineFacts {
  const { plan, ready, last } = input;
  const { versions } = ready;
  return {
    name: 'Transformers',
    version: versions.transformers,
    device: deviceText(ready),
    gpuCount: ready.onDevice ? ready.devices.length : 0,
    url: null,
    pid: input.pid,
    weights: plan.loadFormat === 'dummy' ? 'dummy' : 'real',
    dtype: ready.quantization === null ? ready.dtype : `${ready.dtype}, ${ready.quantization}`,
    maxLength: ready.maxLength,
    cache: 'off',
    packages: packagesOf(input.python),
    settings: {
      model: input.modelPath,
      architecture: ready.architecture,
      attention: ready.attention,
      attentionAsked: plan.attention,
      quantization: ready.quantization,
      deviceMap: ready.deviceMap,
      gpus: plan.gpus,
      compile: ready.compiled,
      kvCache: ready.compiled ? 'static' : 'dynamic',
      decoding: 'greedy, end of sequence off',
      trustRemoteCode: plan.trustRemoteCode,
      threads: ready.threads,
      python: versions.python,
      pythonPath: input.python.path,
      torch: versions.torch,
      accelerate: versions.accelerate,
      cuda: versions.cuda,
      parameters: ready.parameters,
      weightBytes: ready.weightBytes,
      importMs: Math.round(ready.importMs),
      loadMs: Math.round(ready.loadMs),
      phasePeakMethod: ready.onDevice ? allocatorPeak : residentPeak,
      loadPeakBytes: ready.memory.loadPeakBytes,
      prefillPeakBytes: last?.prefillPeakBytes ?? null,
      decodePeakBytes: last?.decodePeakBytes ?? null,
      cacheBytes: last?.cacheBytes ?? null,
      allocatedBytes: last?.allocatedBytes ?? null,
      reservedBytes: last?.reservedBytes ?? null,
    },
    memory: memoryFigures(ready, last),
    notes: notesOf(ready),
  };
}

const allocatorPeak = 'peak of torch.cuda allocations, reset at each phase';
const residentPeak = 'peak resident memory of the Python process (VmHWM), reset at each phase';

/** Memory during the last request, or after the load before any. Bytes. */
export function memoryFigures(ready: WorkerFacts, last: FactsInput['last']): MemoryFigure[] {
  const now = last ?? ready.memory;
  const process: MemoryFigure = {
    kind: 'host',
    bytes: now.processAnonymousBytes,
    method: 'anonymous resident memory of the Python process (RssAnon) at the end of the last request',
    reason: now.processAnonymousBytes === null ? 'there is no /proc/self/status here' : null,
  };
  if (!ready.onDevice) {
    return [
      {
        kind: 'engine',
        bytes: last === null || last.cacheBytes === null ? null : ready.weightBytes + last.cacheBytes,
        method: 'weights + keys and values at the end of the last request, from the sizes of the tensors',
        reason:
          last === null ? 'no request was answered yet' : last.cacheBytes === null ? 'the cache is not shown' : null,
      },
      process,
      { kind: 'device', bytes: null, method: 'none', reason: 'computed on the CPU: no GPU is used' },
    ];
  }
  const peaks = last === null ? [ready.memory.loadPeakBytes] : [last.prefillPeakBytes, last.decodePeakBytes];
  const known = peaks.filter((peak) => peak !== null);
  return [
    {
      kind: 'engine',
      bytes: known.length === 0 ? null : Math.max(...known),
      method: 'peak of torch.cuda allocations in the last request: weights + activation + KV cache',
      reason: known.length === 0 ? 'the allocator tells no peak' : null,
    },
    {
      kind: 'device',
      bytes: now.deviceUsedBytes,
      method: 'memory in use on the devices of the model, by every process there (cudaMemGetInfo)',
      reason: now.deviceUsedBytes === null ? 'the driver does not tell it' : null,
    },
    process,
  ];
}

/** The highest point of each phase by itself: nothing of an earlier phase or request is left in it. Bytes. */
export function phasePeaks(
  ready: WorkerFacts,
  { prefillPeakBytes, decodePeakBytes }: WorkerAnswer['memory'],
): MemoryFigure[] {
  const how = ready.onDevice ? allocatorPeak : residentPeak;
  const figure = (phase: string, bytes: number | null, reason: string): MemoryFigure => ({
    kind: ready.onDevice ? 'engine' : 'host',
    bytes,
    method: `${phase}: ${how}`,
    reason: bytes === null ? reason : null,
  });
  const unread = 'the peak of the process can be neither read nor reset here';
  return [
    figure('load', ready.memory.loadPeakBytes, unread),
    figure('prefill', prefillPeakBytes, unread),
    // A single token is the end of the prefill.
    figure('decode', decodePeakBytes, prefillPeakBytes === null ? unread : 'one token: no decode'),
  ];
}

/** Ids for random prompts: no special ones, and no rows of the table that no token has. */
export function promptVocabulary({ promptIdLimit, specialIds }: WorkerFacts): Vocabulary {
  const special = new Set(specialIds);
  const ids = Array.from({ length: promptIdLimit }, (_, id) => id).filter((id) => !special.has(id));
  return {
    ids: Uint32Array.from(ids),
    source: `ids below ${promptIdLimit} of the model's vocabulary, special ones left out`,
  };
}

function deviceText(ready: WorkerFacts): string {
  const counts = new Map<string, number>();
  for (const device of ready.devices) counts.set(device, (counts.get(device) ?? 0) + 1);
  const names = [...counts].map(([name, count]) => (count === 1 ? name : `${count} x ${name}`)).join(', ');
  return ready.onDevice ? names : `${names} (CPU), ${ready.threads} thread(s)`;
}

function notesOf(ready: WorkerFacts): string[] {
  const notes = ['Decoding is greedy and never ends early, whatever the generation config of the model says.'];
  if (ready.compiled)
    notes.push('Decoding is compiled (torch.compile, static KV cache): the first request of a length compiles.');
  return notes;
}
