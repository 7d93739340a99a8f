// What the GPU does while the checks run: who else uses it, and the energy that it takes.
import { spawn, spawnSync } from 'node:child_process';

/** Time between two samples. */
export const sampleMs = 100;

// Reads the NVML library of the driver with nothing but Python's standard library: seconds since 1970, watts, and
// joules since the driver was loaded (null where the GPU has no counter), ten times a second.
const sampler = `
import ctypes, sys, time
nvml = ctypes.CDLL("libnvidia-ml.so.1")
handle = ctypes.c_void_p()
bus = sys.argv[1].encode()
if nvml.nvmlInit_v2() or nvml.nvmlDeviceGetHandleByPciBusId_v2(bus, ctypes.byref(handle)): sys.exit(3)
while True:
    power, energy = ctypes.c_uint(), ctypes.c_ulonglong()
    watts = "null" if nvml.nvmlDeviceGetPowerUsage(handle, ctypes.byref(power)) else power.value / 1e3
    joules = "null" if nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(energy)) else energy.value / 1e3
    print('[%.4f, %s, %s]' % (time.time(), watts, joules), flush=True)
    time.sleep(${sampleMs / 1000})
`;

function nvidiaSmi(query, kind = 'gpu') {
  const result = spawnSync('nvidia-smi', [`--query-${kind}=${query}`, '--format=csv,noheader,nounits'], {
    encoding: 'utf8',
  });
  if (result.status !== 0) return null;
  const lines = result.stdout.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => line.split(',').map((cell) => cell.trim()));
}

/** The GPU that the runs will use: the first of CUDA_VISIBLE_DEVICES, else the first of all. */
export function findGpu() {
  const all = nvidiaSmi('index,uuid,name,memory.total,driver_version,pci.bus_id,power.limit');
  if (all === null) throw new Error('nvidia-smi does not answer: these checks need an NVIDIA GPU');
  const wanted = (process.env.CUDA_VISIBLE_DEVICES ?? '0').split(',')[0].trim();
  const found = all.find(([index, uuid]) => index === wanted || uuid.startsWith(wanted)) ?? all[0];
  const [index, uuid, name, memory, driver, bus, powerLimit] = found;
  return { index, uuid, name, memoryBytes: Number(memory) * 2 ** 20, driver, bus, powerLimitWatts: Number(powerLimit) };
}

/** What else uses the GPU before a run. Inside a container the processes of others are not listed: use is what tells. */
export function idleState(gpu) {
  const rows = nvidiaSmi(
    'uuid,utilization.gpu,memory.used,power.draw,temperature.gpu,clocks.sm,clocks_event_reasons.active',
  );
  const row = rows?.find(([uuid]) => uuid === gpu.uuid);
  if (row === undefined) return { idle: null, reasons: ['nvidia-smi does not tell the state of the GPU'] };
  const [, utilization, memory, power, temperature, clock, throttle] = row;
  const processes = (nvidiaSmi('gpu_uuid,pid,used_memory', 'compute-apps') ?? []).filter(([uuid]) => uuid === gpu.uuid);
  const reasons = [
    ...(processes.length > 0 ? [`${processes.length} other process(es) on the GPU`] : []),
    ...(Number(utilization) > 0 ? [`${utilization} % busy`] : []),
    ...(Number(memory) > 1024 ? [`${memory} MiB in use`] : []),
  ];
  const figures = { utilization, memoryMiB: memory, powerWatts: power, temperature, smClockMHz: clock, throttle };
  return { idle: reasons.length === 0, reasons, ...figures };
}

/** Samples of the GPU as they come, until it is stopped. */
export function startSampling(python, gpu) {
  const samples = [];
  const child = spawn(python, ['-c', sampler, gpu.bus], { stdio: ['ignore', 'pipe', 'ignore'] });
  let rest = '';
  child.on('error', () => undefined);
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) samples.push(JSON.parse(line));
  });
  return { samples, stop: () => child.kill() };
}

/** A value at a moment, between the two samples around it; null outside of them. */
function valueAt(samples, seconds, column) {
  const after = samples.findIndex(([at]) => at >= seconds);
  if (after < 1) return null;
  const [t0, t1] = [samples[after - 1][0], samples[after][0]];
  const [v0, v1] = [samples[after - 1][column], samples[after][column]];
  if (v0 === null || v1 === null) return null;
  return v0 + ((v1 - v0) * (seconds - t0)) / (t1 - t0 || 1);
}

function joulesByPower(samples, from, to) {
  const inside = samples
    .filter(([at, watts]) => at > from && at < to && watts !== null)
    .map(([at, watts]) => [at, watts]);
  const [first, last] = [valueAt(samples, from, 1), valueAt(samples, to, 1)];
  if (first === null || last === null) return null;
  const points = [[from, first], ...inside, [to, last]];
  let joules = 0;
  for (let place = 1; place < points.length; place++) {
    joules += ((points[place][0] - points[place - 1][0]) * (points[place][1] + points[place - 1][1])) / 2;
  }
  return joules;
}

/** Energy of each measured request, by the counter of the GPU and by its power over time. Joules. */
export function energyOf(summary, samples) {
  const start = Date.parse(summary.startedAt) / 1000;
  const measured = summary.rows[0].requests.filter(
    ({ phase, latencyMs }) => phase === 'measured' && latencyMs !== null,
  );
  const each = measured.map(({ sentMs, latencyMs, outputTokens }) => {
    const from = start + sentMs / 1000;
    const to = from + latencyMs / 1000;
    const [begin, end] = [valueAt(samples, from, 2), valueAt(samples, to, 2)];
    return {
      seconds: to - from,
      outputTokens,
      counter: begin === null || end === null ? null : end - begin,
      power: joulesByPower(samples, from, to),
    };
  });
  const told = (method) => each.filter((one) => one[method] !== null && one.outputTokens > 0);
  const method = told('counter').length > 0 ? 'counter' : 'power';
  const used = told(method);
  if (used.length === 0) return { n: 0, method: null, joulesPerToken: null, watts: null };
  const sum = (pick) => used.reduce((total, one) => total + pick(one), 0);
  const joules = sum((one) => one[method]);
  return {
    n: used.length,
    method,
    joulesPerToken: joules / sum((one) => one.outputTokens),
    watts: joules / sum((one) => one.seconds),
  };
}
