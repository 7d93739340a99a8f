import os from 'node:os';

/** The machine that the figures belong to. */
export function machineFacts() {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown CPU',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    kernel: os.release(),
    node: process.version,
    load: os.loadavg()[0],
  };
}

/** The same in a line. */
export function machineLine({ cpu, cores, memoryBytes, kernel, node, load }) {
  return `${cpu}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GiB, Linux ${kernel}, Node ${node}, load ${load.toFixed(1)} before`;
}
