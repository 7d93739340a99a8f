import { type ChildProcess, spawn } from 'node:child_process';

import type { RunClock } from '../../base/clock.ts';
import type { GpuSample } from '../../contract/telemetry.ts';
import { readSample } from './nvidia-smi.ts';

const intervalMs = 500;
// Nothing reads the samples while a request is in flight: a day of two GPUs fits.
const mostLines = 400_000;

/**
 * One nvidia-smi that prints the readings of these devices until it is stopped. Its output is stamped when it arrives,
 * and read only when somebody asks for it: a timed moment costs one clock read.
 */
export class GpuStream {
  readonly #child: ChildProcess;
  readonly #fields: readonly string[];
  readonly #startedNs: number;
  readonly #clock: RunClock;
  #arrived: { readonly atNs: number; readonly bytes: Buffer }[] = [];
  #rest = '';
  #samples = 0;
  #dropped = new Set<string>();
  #ended: string | null = null;

  constructor(input: {
    readonly uuids: readonly string[];
    readonly fields: readonly string[];
    readonly clock: RunClock;
  }) {
    this.#fields = input.fields;
    this.#clock = input.clock;
    this.#startedNs = input.clock.nowNs();
    const words = ['-i', input.uuids.join(','), `--query-gpu=${input.fields.join(',')}`];
    const child = spawn('nvidia-smi', [...words, '--format=csv,noheader,nounits', '-lms', String(intervalMs)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.on('data', (bytes: Buffer) => {
      if (this.#arrived.length < mostLines) this.#arrived.push({ atNs: this.#clock.nowNs(), bytes });
    });
    child.on('error', (error) => (this.#ended = `nvidia-smi could not be started: ${error.message}`));
    child.on('exit', (code) => (this.#ended ??= `nvidia-smi ended by itself (${code ?? 'killed'})`));
    this.#child = child;
  }

  /** Samples that came since the last call. Not for timed moments. */
  take(): GpuSample[] {
    const arrived = this.#arrived;
    this.#arrived = [];
    const samples = arrived.flatMap(({ atNs, bytes }) => {
      const lines = (this.#rest + bytes.toString('utf8')).split('\n');
      this.#rest = lines.pop() ?? '';
      return lines.flatMap((line) => {
        const reading = readSample(line, this.#fields);
        return reading === null || this.#isFirstOf(reading.uuid) ? [] : [{ ...reading, atNs }];
      });
    });
    this.#samples += samples.length;
    return samples;
  }

  /** Why there are no samples, once that is sure; null: there are, or they may still come. */
  silence(): string | null {
    if (this.#ended !== null) return this.#ended;
    const waitedMs = (this.#clock.nowNs() - this.#startedNs) / 1e6;
    return this.#samples === 0 && this.#dropped.size === 0 && waitedMs > 10 * intervalMs
      ? 'nvidia-smi prints nothing into a pipe here'
      : null;
  }

  stop(): void {
    this.#ended = 'stopped';
    this.#child.kill('SIGTERM');
  }

  // The first reading spans the time before: an idle device may answer 100 %.
  #isFirstOf(uuid: string): boolean {
    if (this.#dropped.has(uuid)) return false;
    this.#dropped.add(uuid);
    return true;
  }
}
