import type { RunClock } from '../base/clock.ts';
import { TokometerError } from '../base/errors.ts';
import type { EngineFacts, RunObserver, ServerCounters } from '../contract/engine.ts';
import type { MemoryFigure } from '../contract/memory.ts';
import type { EnginePlan } from '../contract/plan.ts';
import type { HostSample, ServerSample, TelemetrySample } from '../contract/telemetry.ts';
import { findGpuTool, type GpuTool } from '../telemetry/gpu/gpu-tool.ts';
import { GpuWatch } from '../telemetry/gpu/gpu-watch.ts';
import { checkIdle } from '../telemetry/gpu/idle-check.ts';
import { ownDevices } from '../telemetry/gpu/own-devices.ts';
import { type GpuDevice, isRefused } from '../telemetry/gpu/reading.ts';
import { HostSampler } from '../telemetry/host/host-sampler.ts';
import { listeningProcess } from '../telemetry/host/process-tree.ts';
import { readProcessMemory } from '../telemetry/process-memory.ts';

const tickMs = 1000;

/** The devices of a run before its engine starts. */
export interface WatchedDevices {
  readonly tool: GpuTool | null;
  readonly devices: readonly GpuDevice[];
  /** Why no GPU is watched; null: one is. */
  readonly reason: string | null;
}

const none = (reason: string): WatchedDevices => ({ tool: null, devices: [], reason });

/**
 * Looks at the GPUs that the engine will use, before it starts. Throws E_DEVICE_BUSY when others compute on the devices
 * of an engine that is ours to start; of a served API that is a note.
 */
export async function lookAtDevices(engine: EnginePlan, observer: RunObserver): Promise<WatchedDevices> {
  if (engine.api === 'reference' || engine.api === 'local_llama') return none('the engine computes on the CPU');
  if (engine.api === 'openai' && loopbackPort(engine.url) === null) return none('the server is on another machine');
  const tool = await findGpuTool();
  if (isRefused(tool)) return none(tool.refused);
  const listed = await tool.devices();
  if (isRefused(listed)) return none(listed.refused);
  const isOurs = engine.api !== 'openai';
  const visible = isOurs ? (engine.gpus ?? process.env['CUDA_VISIBLE_DEVICES'] ?? null) : null;
  const devices = ownDevices(listed, visible);
  if (devices.length === 0) return none('no GPU is visible to the engine');
  if (isOurs) {
    const { busy, note } = await checkIdle(tool, devices);
    if (busy !== null && !engine.allowBusy) {
      throw new TokometerError('E_DEVICE_BUSY', `the GPU is not idle: ${busy}`, {
        hint: 'stop it, choose other devices with --gpus, or measure all the same with --allow-busy',
      });
    }
    if (busy !== null) observer.warning(`The GPU is not idle: ${busy}.`);
    if (note !== null) observer.note(note);
  }
  return { tool, devices, reason: null };
}

export interface WatchInput {
  readonly plan: EnginePlan;
  readonly watched: WatchedDevices;
  readonly engine: EngineFacts;
  /** Asks the server what it counted; left out: it has no server, or none that can be asked. */
  readonly counters?: () => Promise<ServerCounters | null>;
  readonly clock: RunClock;
  readonly observer: RunObserver;
  readonly append: (samples: readonly TelemetrySample[]) => Promise<void>;
}

/** Samples the machine while a run goes on: around each pass, and once a second while one lasts. */
export class Watch {
  readonly #input: WatchInput;
  readonly #host: HostSampler;
  readonly #gpu: GpuWatch | null;
  /** The engine's own process; null: not on this machine, not known, or this very process. */
  readonly #enginePid: number | null;
  #timer: NodeJS.Timeout | null = null;
  #ticks: HostSample[] = [];
  #memory: readonly MemoryFigure[] = [];
  #tellsCounters = false;
  #isBroken = false;
  #isClosed = false;

  private constructor(input: WatchInput) {
    this.#input = input;
    this.#enginePid = enginePid(input);
    const roots = this.#enginePid === null ? [] : [this.#enginePid];
    const { tool, devices } = input.watched;
    this.#host = new HostSampler(input.clock, roots);
    this.#gpu = tool === null ? null : new GpuWatch({ tool, devices, clock: input.clock, roots });
  }

  /** Begins to watch; the engine is up. */
  static async open(input: WatchInput): Promise<Watch> {
    const watch = new Watch(input);
    const { clock, watched, observer } = input;
    if (watched.reason !== null) {
      await watch.#append([{ kind: 'unavailable', atNs: clock.nowNs(), source: 'gpu', reason: watched.reason }]);
    }
    await watch.#gpu?.start();
    observer.debug(watched.reason === null ? 'GPU telemetry is on' : `no GPU telemetry: ${watched.reason}`);
    return watch;
  }

  /** Just before the first request of a pass. Gives what the server has counted so far. */
  async before(): Promise<ServerCounters | null> {
    const server = await this.#askServer();
    await this.#append([...server, ...((await this.#gpu?.take()) ?? []), this.#host.sampleBetween()]);
    let dueMs = performance.now() + tickMs;
    this.#timer = setInterval(() => {
      const lateMs = performance.now() - dueMs;
      dueMs += tickMs;
      this.#ticks.push(this.#host.sample({ inFlight: true, timerLateMs: Math.max(0, lateMs) }));
    }, tickMs).unref();
    return server[0]?.counters ?? null;
  }

  /** Just after the last request of a pass. Gives what the server has counted now. */
  async after(): Promise<ServerCounters | null> {
    this.#stopTimer();
    const ticks = this.#ticks;
    this.#ticks = [];
    const now = this.#host.sampleBetween();
    const gpu = (await this.#gpu?.take()) ?? [];
    const server = await this.#askServer();
    await this.#append([...ticks, now, ...gpu, ...server]);
    return server[0]?.counters ?? null;
  }

  /** Memory of the engine's processes and devices as seen from outside; only between requests, and of an engine started here. */
  async readMemory(): Promise<readonly MemoryFigure[]> {
    const { plan } = this.#input;
    if (this.#enginePid === null || plan.api === 'openai') return [];
    const ofProcesses = await readProcessMemory(this.#enginePid);
    const ofDevice = this.#gpu === null ? [] : [await this.#gpu.memoryRise()];
    this.#memory = [...ofProcesses, ...ofDevice];
    return this.#memory.filter(({ bytes }) => bytes !== null);
  }

  /** As last read, with the reasons of what could not be. */
  memory(): readonly MemoryFigure[] {
    return this.#memory;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopTimer();
    this.#gpu?.stop();
    await this.#append(this.#ticks);
    this.#host.close();
  }

  async #askServer(): Promise<ServerSample[]> {
    const counters = (await this.#input.counters?.()) ?? null;
    this.#tellsCounters ||= counters !== null;
    return this.#tellsCounters ? [{ kind: 'server', atNs: this.#input.clock.nowNs(), counters }] : [];
  }

  // A run is not lost for its telemetry: a full disk shows in the records too.
  async #append(samples: readonly TelemetrySample[]): Promise<void> {
    if (this.#isBroken) return;
    try {
      await this.#input.append(samples);
    } catch (error) {
      if (!(error instanceof TokometerError)) throw error;
      this.#isBroken = true;
      this.#input.observer.warning(`Noise is not recorded any more: ${error.message}`);
    }
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

// The process behind a port of this machine is the server, whoever started it.
function enginePid({ plan, engine }: WatchInput): number | null {
  const known = engine.pid ?? (plan.api === 'openai' ? plan.serverPid : null);
  if (known !== null) return known;
  const port = plan.api === 'openai' ? loopbackPort(plan.url) : null;
  return port === null ? null : listeningProcess(port);
}

function loopbackPort(url: string): number | null {
  if (!URL.canParse(url)) return null;
  const { hostname, port, protocol } = new URL(url);
  if (hostname !== 'localhost' && hostname !== '[::1]' && !hostname.startsWith('127.')) return null;
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
