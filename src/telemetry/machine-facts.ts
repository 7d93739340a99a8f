// The telemetry room: what the machine is and how busy it is. Files of /proc and /sys come in, facts go out; a fact
// that this system doesn't tell is null. It must not know plans, engines or records.
import { readFile } from 'node:fs/promises';
import os from 'node:os';

import type { RunClock } from '../base/clock.ts';
import { packageVersion } from '../base/package-version.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';

/** Reads the facts of this machine, once, before the engine starts. */
export async function readMachineFacts(clock: RunClock, commandLine: readonly string[]): Promise<EnvironmentFacts> {
  const cpus = os.cpus();
  return {
    v: 1,
    tokometer: packageVersion(),
    node: process.version,
    startedAt: new Date().toISOString(),
    monotonicOriginNs: clock.originNs.toString(),
    os: (await releaseName()) ?? `${os.type()} ${os.release()}`,
    kernel: os.release(),
    architecture: process.arch,
    hostCpu: cpus[0]?.model.trim() ?? 'unknown CPU',
    cores: os.availableParallelism(),
    memoryBytes: (await cgroupMemoryLimit()) ?? os.totalmem(),
    container: await containerKind(),
    loadAverage: os.loadavg(),
    cpuGovernor: await firstLine('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    commandLine,
  };
}

async function firstLine(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).split('\n')[0]?.trim() ?? null;
  } catch {
    return null;
  }
}

async function releaseName(): Promise<string | null> {
  try {
    const text = await readFile('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}

async function cgroupMemoryLimit(): Promise<number | null> {
  const limit = Number(await firstLine('/sys/fs/cgroup/memory.max'));
  return Number.isFinite(limit) && limit > 0 && limit < os.totalmem() ? limit : null;
}

async function containerKind(): Promise<string | null> {
  if ((await firstLine('/run/.containerenv')) !== null) return 'podman';
  if ((await firstLine('/.dockerenv')) !== null) return 'docker';
  return process.env['KUBERNETES_SERVICE_HOST'] === undefined ? null : 'kubernetes';
}
