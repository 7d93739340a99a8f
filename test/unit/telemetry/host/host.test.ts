import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { startRunClock } from '../../../../src/base/clock.ts';
import { HostSampler } from '../../../../src/telemetry/host/host-sampler.ts';
import { PackageEnergy } from '../../../../src/telemetry/host/package-energy.ts';
import {
  cgroupPlaces,
  listeningInodes,
  readCpuLine,
  readProcessLine,
  readThrottling,
} from '../../../../src/telemetry/host/proc-text.ts';
import { listeningProcess, processTree, TreeTime } from '../../../../src/telemetry/host/process-tree.ts';
import { onSteadyMachine } from '../../../support/steady-machine.ts';
import { temporaryFolder } from '../../../support/tokometer.ts';

const files = readFileSync(path.join(import.meta.dirname, '../../../fixtures/host/files.txt'), 'utf8').split(/^== /m);
const file = (name: string): string => {
  const part = files.find((one) => one.startsWith(name)) ?? '';
  return part.slice(part.indexOf('\n') + 1);
};

describe('files of the system', () => {
  test('the CPU line: user, nice and system; interrupts and waiting stay out', () => {
    expect(readCpuLine(file('/proc/stat'))).toEqual({ busyMs: (377_313 + 53_990 + 107_683) * 10, stealMs: 16_750 });
    expect(readCpuLine('intr 5')).toBeNull();
  });

  test('throttling of both versions of cgroups, in ms', () => {
    expect(readThrottling(file('/sys/fs/cgroup/cpu/cpu.stat'))).toEqual({ periods: 0, ms: 0 });
    expect(readThrottling(file('cpu.stat'))).toEqual({ periods: 311, ms: 20_954.321 });
    expect(readThrottling('nr_throttled 4\nthrottled_time 2500000\n')).toEqual({ periods: 4, ms: 2.5 });
    expect(readThrottling('usage_usec 4\n')).toBeNull();
  });

  test('a process line, whatever the name of its program', () => {
    const line = '816 (a) R 2 (b)) S 805 804 27369 0 -1 4194304 96 0 0 0 7 5 3 1 20 0 1 0 2505687';
    expect(readProcessLine(line)).toEqual({ parent: 805, group: 804, cpuMs: 160 });
    expect(readProcessLine('')).toBeNull();
  });

  test('where a cgroup keeps its files', () => {
    const v1 = '4:memory:/jobs/a\n1:cpu,cpuacct:/\n0::/\n';
    expect(cgroupPlaces(v1, 'memory', { v1: 'peak1', v2: 'peak2' })).toEqual([
      '/sys/fs/cgroup/memory/jobs/a/peak1',
      '/sys/fs/cgroup/memory/peak1',
    ]);
    expect(cgroupPlaces(v1, 'cpu', { v1: 'cpu.stat', v2: 'cpu.stat' })).toContain(
      '/sys/fs/cgroup/cpu,cpuacct/cpu.stat',
    );
    expect(cgroupPlaces('0::/user.slice\n', 'memory', { v1: 'peak1', v2: 'peak2' })).toEqual([
      '/sys/fs/cgroup/user.slice/peak2',
      '/sys/fs/cgroup/peak2',
    ]);
    expect(cgroupPlaces('', 'memory', { v1: 'a', v2: 'b' })).toEqual([]);
  });

  test('sockets that listen on a port, of both families', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8675309 1',
      '   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 42 1',
    ].join('\n');
    expect(listeningInodes(table, 8000)).toEqual(['8675309']);
    expect(listeningInodes(table, 8001)).toEqual([]);
  });
});

test('a package counter is a rise, over its wrap too, and null where nobody may read it', async () => {
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const zone = path.join(folder.path, 'intel-rapl:0');
  await mkdir(zone);
  await mkdir(path.join(folder.path, 'intel-rapl:0:1'));
  const set = (microjoules: number): Promise<void> => writeFile(path.join(zone, 'energy_uj'), `${microjoules}\n`);
  await writeFile(path.join(zone, 'max_energy_range_uj'), '10000000\n');
  await set(9_000_000);
  const energy = new PackageEnergy(folder.path);
  expect(energy.joules()).toBe(0);
  await set(9_500_000);
  expect(energy.joules()).toBe(0.5);
  await set(1_500_000);
  expect(energy.joules()).toBe(2.5);
  energy.close();
  expect(new PackageEnergy(path.join(folder.path, 'none')).joules()).toBeNull();
});

describe.skipIf(process.platform !== 'linux')('processes of this machine', () => {
  test('a busy child is part of its tree and not of another, and its time stays when it ends', async () => {
    const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    onTestFinished(() => void busy.kill('SIGKILL'));
    const idle = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void idle.kill('SIGKILL'));
    const own = new TreeTime([process.pid]);
    const other = new TreeTime([idle.pid ?? 0]);
    expect(processTree([process.pid])).toContain(busy.pid);
    const [before, otherBefore] = [own.readMs() ?? 0, other.readMs() ?? 0];
    while ((own.readMs() ?? 0) - before < 300) {
      // oxlint-disable-next-line no-await-in-loop -- until it has had its time
      await sleep(50);
    }
    const [after, otherAfter] = [own.readMs() ?? 0, other.readMs() ?? 0];
    // The other one has its start behind it, or not yet.
    expect(otherAfter - otherBefore).toBeLessThan(after - before);
    busy.kill('SIGKILL');
    await once(busy, 'exit');
    own.look();
    expect(own.readMs() ?? 0).toBeGreaterThanOrEqual(after);
    own.close();
    other.close();
  });

  test('the process behind a port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    expect(listeningProcess(port)).toBe(process.pid);
    server.close();
    await once(server, 'close');
    expect(listeningProcess(port)).toBeNull();
  });

  test('a sample tells of the machine, and costs little', (context) =>
    onSteadyMachine(context, async (holds) => {
      const costUs = medianCostUs();
      // A token of the fastest engines takes milliseconds.
      holds(costUs < 1000, `a sample costs ${costUs} us (median)`);
    }));
});

function medianCostUs(): number {
  const clock = startRunClock();
  const sampler = new HostSampler(clock, []);
  const first = sampler.sampleBetween();
  expect(first).toMatchObject({ kind: 'host', inFlight: false, timerLateMs: null });
  expect(first.busyMs).toBeGreaterThan(0);
  expect(first.ownMs).toBeGreaterThan(0);
  expect(first.ownMs).toBeLessThan(first.busyMs ?? 0);
  const costsUs = Array.from({ length: 200 }, () => {
    const begunMs = performance.now();
    sampler.sample({ inFlight: true, timerLateMs: 0 });
    return (performance.now() - begunMs) * 1000;
  }).toSorted((one, other) => one - other);
  sampler.close();
  expect(sampler.sample({ inFlight: true, timerLateMs: 0 })).toMatchObject({ busyMs: null, ownMs: null });
  return costsUs[100] ?? NaN;
}
