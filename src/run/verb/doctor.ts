import { startRunClock } from '../../base/clock.ts';
import { messageOf, TokometerError } from '../../base/errors.ts';
import { formatBytes, formatSignificant } from '../../base/units.ts';
import type { EnvironmentFacts } from '../../contract/environment.ts';
import { loadLlamaBinding } from '../../engine/llama/llama-binding.ts';
import { findOnPath, findPython, type PythonNeed } from '../../engine/python/find-python.ts';
import { calibrationMisfit } from '../../metrics/bound/calibration-misfit.ts';
import { readCalibration } from '../../store/calibration-file.ts';
import { readDeviceMemory } from '../../telemetry/device-memory.ts';
import { readMachineFacts } from '../../telemetry/machine-facts.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'missing';
  readonly detail: string;
  /** What mends it; null when nothing is wrong. */
  readonly hint: string | null;
}

const silent = { note: (): void => undefined, warning: (): void => undefined, debug: (): void => undefined };

/** What this machine has, which engines can run on it, and what is missing for the others. Starts no engine. */
export async function examine(environment: Readonly<Record<string, string | undefined>>): Promise<Finding[]> {
  const facts = await readMachineFacts(startRunClock(), []);
  const devices = await readDeviceMemory();
  return [
    ok('machine', `${facts.hostCpu}, ${facts.cores} cores, ${formatBytes(facts.memoryBytes)}, ${facts.os}`),
    ok('node', `${facts.node}, Tokometer ${facts.tokometer}`),
    ok('devices', devices.map((device) => `${device.name}, ${formatBytes(device.bytes)}`).join('; ')),
    ok('--api openai', 'any OpenAI-compatible server: nothing to install'),
    await look('--api local_llama', async () => (await loadLlamaBinding(silent)).version),
    await python('--api local', 'transformers', environment),
    await python('--api local_vllm', 'vllm', environment),
    await llamaServer(environment),
    await calibration(facts, environment),
  ];
}

async function python(
  name: string,
  needs: PythonNeed,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Finding> {
  return look(name, async () => {
    const found = await findPython({ python: null, needs, environment });
    const packages = Object.entries(found.packages).flatMap(([module, version]) =>
      version === null ? [] : [`${module} ${version}`],
    );
    return `${packages.join(', ')}; ${found.path} (${found.source})`;
  });
}

async function llamaServer(environment: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  const path = await findOnPath('llama-server', environment);
  const name = '--api local_llama_server';
  if (path !== null) return ok(name, path);
  return { name, state: 'missing', detail: 'no llama-server on PATH', hint: 'install llama.cpp, and put it on PATH' };
}

async function calibration(
  facts: EnvironmentFacts,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Finding> {
  const name = 'calibration';
  const hint = 'tokometer doctor --calibrate lets rows be told server-bound or client-bound';
  const { calibration: found, damage } = await readCalibration(environment);
  if (found === null) return { name, state: 'missing', detail: damage ?? 'the client was not calibrated here', hint };
  const misfit = calibrationMisfit(found, facts);
  if (misfit !== null) return { name, state: 'missing', detail: misfit, hint };
  const [disturbed] = found.disturbances;
  if (disturbed !== undefined) return { name, state: 'missing', detail: `disturbed by ${disturbed}`, hint };
  return ok(name, `of ${found.takenAt}: latency floor ${formatSignificant(found.latencyFloor.p50, 2)} ms`);
}

async function look(name: string, find: () => Promise<string>): Promise<Finding> {
  try {
    return ok(name, await find());
  } catch (error) {
    const hint = error instanceof TokometerError ? error.hint : null;
    return { name, state: 'missing', detail: messageOf(error), hint };
  }
}

function ok(name: string, detail: string): Finding {
  return { name, state: 'ok', detail, hint: null };
}
