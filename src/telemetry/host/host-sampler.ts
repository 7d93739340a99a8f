import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

import type { RunClock } from '../../base/clock.ts';
import type { HostSample } from '../../contract/telemetry.ts';
import { firstKeptFile, KeptFile } from './kept-file.ts';
import { PackageEnergy } from './package-energy.ts';
import { cgroupPlaces, readCpuLine, readThrottling } from './proc-text.ts';
import { TreeTime } from './process-tree.ts';

const cpuFolder = '/sys/devices/system/cpu';
const thermalFolder = '/sys/class/thermal';
// Asking a core for its clock may wake it.
const mostCores = 8;

/** Reads how busy the host is. `sample` takes some tens of microseconds and starts nothing. */
export class HostSampler {
  readonly #clock: RunClock;
  readonly #cpu = new KeptFile('/proc/stat');
  readonly #load = new KeptFile('/proc/loadavg');
  readonly #throttling: KeptFile | null;
  readonly #clocks: readonly KeptFile[];
  readonly #governor = new KeptFile(`${cpuFolder}/cpu0/cpufreq/scaling_governor`);
  readonly #temperature: KeptFile | null;
  readonly #energy = new PackageEnergy();
  readonly #tree: TreeTime;

  /** `roots`: processes that are no strangers, with all below them. */
  constructor(clock: RunClock, roots: readonly number[]) {
    this.#clock = clock;
    this.#tree = new TreeTime([process.pid, ...roots]);
    const files = { v1: 'cpu.stat', v2: 'cpu.stat' };
    this.#throttling = firstKeptFile(cgroupPlaces(ownCgroup(), 'cpu', files));
    this.#clocks = Array.from(
      { length: mostCores },
      (_, core) => new KeptFile(`${cpuFolder}/cpu${core}/cpufreq/scaling_cur_freq`),
    );
    this.#temperature = packageTemperature();
  }

  /** A sample outside timed moments: finds new processes of the engine first. */
  sampleBetween(): HostSample {
    this.#tree.look();
    return this.sample({ inFlight: false, timerLateMs: null });
  }

  sample({ inFlight, timerLateMs }: Pick<HostSample, 'inFlight' | 'timerLateMs'>): HostSample {
    const cpu = readCpuLine(this.#cpu.read() ?? '');
    const throttling = readThrottling(this.#throttling?.read() ?? '');
    const kilohertz = this.#clocks.map((file) => file.number() ?? 0);
    const fastest = Math.max(...kilohertz);
    const millidegrees = this.#temperature?.number() ?? null;
    return {
      kind: 'host',
      atNs: this.#clock.nowNs(),
      inFlight,
      busyMs: cpu?.busyMs ?? null,
      ownMs: this.#tree.readMs(),
      stealMs: cpu?.stealMs ?? null,
      throttledPeriods: throttling?.periods ?? null,
      throttledMs: throttling?.ms ?? null,
      loadAverage: Number.parseFloat(this.#load.read() ?? '') || 0,
      cpuMhz: fastest > 0 ? fastest / 1000 : null,
      governor: this.#governor.read()?.trim() ?? null,
      cpuCelsius: millidegrees === null ? null : millidegrees / 1000,
      loopActiveMs: performance.eventLoopUtilization().active,
      timerLateMs,
      packageJoules: this.#energy.joules(),
    };
  }

  close(): void {
    this.#tree.close();
    this.#energy.close();
    const others = [this.#cpu, this.#load, this.#governor, this.#throttling, this.#temperature, ...this.#clocks];
    for (const file of others) file?.close();
  }
}

/** /proc/self/cgroup, or nothing. */
function ownCgroup(): string {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8');
  } catch {
    return '';
  }
}

function packageTemperature(): KeptFile | null {
  try {
    const zones = readdirSync(thermalFolder).filter((name) => name.startsWith('thermal_zone'));
    const ofPackage = zones.find((zone) => {
      const type = new KeptFile(`${thermalFolder}/${zone}/type`);
      const name = type.read()?.trim() ?? '';
      type.close();
      return /x86_pkg_temp|cpu/i.test(name);
    });
    return ofPackage === undefined ? null : firstKeptFile([`${thermalFolder}/${ofPackage}/temp`]);
  } catch {
    return null;
  }
}
