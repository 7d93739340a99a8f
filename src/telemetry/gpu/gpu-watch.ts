import type { RunClock } from '../../base/clock.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import type { GpuProcessesSample, TelemetrySample } from '../../contract/telemetry.ts';
import { processTree } from '../host/process-tree.ts';
import { GpuStream } from './gpu-stream.ts';
import type { GpuTool } from './gpu-tool.ts';
import { type GpuDevice, type GpuProcess, isRefused } from './reading.ts';

// A list of processes takes a lock of the driver.
const processesEveryNs = 2e9;

export interface GpuWatchInput {
  readonly tool: GpuTool;
  readonly devices: readonly GpuDevice[];
  readonly clock: RunClock;
  /** The engine's processes, with all below them; empty: not known, so nobody on the devices can be called foreign. */
  readonly roots: readonly number[];
}

/** Watches the GPUs of an engine: a stream of readings, and between requests the processes on them. */
export class GpuWatch {
  readonly #input: GpuWatchInput;
  readonly #uuids: ReadonlySet<string>;
  #stream: GpuStream | null = null;
  #processesAtNs = -Infinity;
  #isSilent = false;

  constructor(input: GpuWatchInput) {
    this.#input = input;
    this.#uuids = new Set(input.devices.map(({ uuid }) => uuid));
  }

  async start(): Promise<void> {
    const { tool, clock } = this.#input;
    const fields = await tool.streamFields();
    if (fields !== null) this.#stream = new GpuStream({ uuids: [...this.#uuids], fields, clock });
  }

  /** What came since the last call, and the processes of now. Only between requests. */
  async take(): Promise<TelemetrySample[]> {
    return [...(await this.#readings()), ...(await this.#processes())];
  }

  /** Rise of the memory in use since before the engine, over all its devices. */
  async memoryRise(): Promise<MemoryFigure> {
    const { tool, devices } = this.#input;
    const method = `${tool.name}, rise of the memory in use on the engine's devices since before its start`;
    const now = await tool.devices();
    if (isRefused(now)) return { kind: 'device', bytes: null, method, reason: now.refused };
    const rises = devices.map((before) => {
      const used = now.find(({ uuid }) => uuid === before.uuid)?.memoryUsedBytes ?? NaN;
      return used - (before.memoryUsedBytes ?? NaN);
    });
    const bytes = rises.reduce((sum, rise) => sum + rise, 0);
    return Number.isFinite(bytes)
      ? { kind: 'device', bytes: Math.max(0, bytes), method, reason: null }
      : { kind: 'device', bytes: null, method, reason: `${tool.name} does not tell the memory of the device` };
  }

  stop(): void {
    this.#stream?.stop();
  }

  async #readings(): Promise<TelemetrySample[]> {
    const { tool, clock } = this.#input;
    if (this.#stream === null) {
      const readings = await tool.readings();
      const atNs = clock.nowNs();
      return isRefused(readings)
        ? this.#unavailable(readings.refused)
        : readings.filter(({ uuid }) => this.#uuids.has(uuid)).map((reading) => ({ ...reading, atNs }));
    }
    const samples = this.#stream.take();
    const silence = this.#stream.silence();
    return silence === null ? samples : [...samples, ...this.#unavailable(silence)];
  }

  #unavailable(reason: string): TelemetrySample[] {
    if (this.#isSilent) return [];
    this.#isSilent = true;
    return [{ kind: 'unavailable', atNs: this.#input.clock.nowNs(), source: 'gpu', reason }];
  }

  async #processes(): Promise<GpuProcessesSample[]> {
    const { tool, clock, roots } = this.#input;
    if (clock.nowNs() - this.#processesAtNs < processesEveryNs) return [];
    const listed = await tool.processes();
    const atNs = clock.nowNs();
    this.#processesAtNs = atNs;
    if (isRefused(listed)) return [{ kind: 'gpu-processes', atNs, foreign: null, reason: listed.refused }];
    const there = listed.filter(({ uuid }) => this.#uuids.has(uuid));
    return [{ kind: 'gpu-processes', atNs, ...foreignOf(there, new Set(processTree([process.pid, ...roots]))) }];
  }
}

/**
 * Who on the devices is a stranger. Where none of the engine's own processes is listed, the tool counts processes by other
 * ids than we do (a container), or hides them: then nobody can be told from anybody.
 */
export function foreignOf(
  listed: readonly GpuProcess[],
  own: ReadonlySet<number>,
): Pick<GpuProcessesSample, 'foreign' | 'reason'> {
  if (!listed.some(({ pid }) => pid !== null && own.has(pid))) {
    return { foreign: null, reason: "the engine's own processes are not in the list: strangers can't be told" };
  }
  // One without memory of its own may be a display, or has ended.
  const others = listed.filter(({ pid, memoryBytes }) => pid !== null && memoryBytes !== null && !own.has(pid));
  return { foreign: others.map(({ uuid, pid, name }) => ({ uuid, pid, name: name ?? 'a process' })), reason: null };
}
