import type { EnvironmentFacts } from '../../contract/environment.ts';
import type { Summary } from '../../contract/summary.ts';

/** How OpenTelemetry calls the architectures that Node names otherwise. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: 'x86', arm: 'arm32' };

/** What sends, in the words of OpenTelemetry's semantic conventions: the program, and the machine that it measured from. */
export function resourceAttributes(
  summary: Summary,
  environment: EnvironmentFacts | null,
): Record<string, string | number> {
  const program = { 'service.name': 'tokometer', 'service.version': summary.tokometer };
  if (environment === null) return program;
  const { architecture, hostCpu, os, kernel, node, cores, memoryBytes } = environment;
  return {
    ...program,
    'host.arch': architectures[architecture] ?? architecture,
    'host.cpu.model.name': hostCpu,
    'tokometer.host.cores': cores,
    'tokometer.host.memory_bytes': memoryBytes,
    'os.description': os,
    'os.version': kernel,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': node,
  };
}
