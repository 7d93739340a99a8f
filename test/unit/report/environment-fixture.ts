import type { EnvironmentFacts } from '../../../src/contract/environment.ts';

export const fixtureEnvironment: EnvironmentFacts = {
  v: 1,
  tokometer: '0.1.0',
  node: 'v20.20.2',
  startedAt: '2026-11-21T21:05:00.000Z',
  monotonicOriginNs: '123456789',
  os: 'Ubuntu 24.04',
  kernel: '6.8.0-45-generic',
  architecture: 'x64',
  hostCpu: 'Intel Xeon Gold 6338',
  cores: 64,
  memoryBytes: 540_000_000_000,
  container: null,
  loadAverage: [0.31, 0.28, 0.22],
  cpuGovernor: 'performance',
  commandLine: ['tokometer', 'perf', '--api-key', 'sk-very-secret', '--model', 'Qwen/Qwen2.5-7B-Instruct'],
};
