/**
 * What `amd-smi ... --json` prints, of ROCm 6 and 7, as values. The list stands alone or in `gpu_data`; an amount is
 * `{value, unit}`, a bare number, or `N/A`. Pure: text in, readings out.
 */
import type { GpuDevice, GpuProcess, GpuReading } from './reading.ts';

/** amd-smi counts its devices; its own ids are not in these answers. */
function amdDeviceName(gpu: number): string {
  return `AMD-${gpu}`;
}

// What its tables call MB is 2^20 bytes.
const unitBytes: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

/** `amd-smi metric -u -p -c -t -E -m --json`; null when the text is no such answer. */
export function readAmdMetrics(text: string): { readonly device: GpuDevice; readonly reading: GpuReading }[] | null {
  return (
    listOf(text)?.flatMap((entry) => {
      const gpu = at(entry, 'gpu');
      if (typeof gpu !== 'number') return [];
      const uuid = amdDeviceName(gpu);
      const memoryUsedBytes = bytesAt(entry, 'mem_usage', 'used_vram');
      const utilizationPercent = amountAt(entry, 'usage', 'gfx_activity');
      return [
        {
          device: {
            index: gpu,
            uuid,
            name: `AMD GPU ${gpu}`,
            memoryTotalBytes: bytesAt(entry, 'mem_usage', 'total_vram'),
            memoryUsedBytes,
            utilizationPercent,
            isPartitioned: false,
          },
          reading: {
            kind: 'gpu',
            uuid,
            utilizationPercent,
            memoryUsedBytes,
            powerWatts: amountAt(entry, 'power', 'socket_power'),
            energyJoules: amountAt(entry, 'energy', 'total_energy_consumption'),
            coreMhz: amountAt(entry, 'clock', 'gfx_0', 'clk'),
            memoryMhz: amountAt(entry, 'clock', 'mem_0', 'clk'),
            celsius: amountAt(entry, 'temperature', 'hotspot'),
            slowdowns: null,
            powerCapped: null,
          },
        },
      ];
    }) ?? null
  );
}

/** `amd-smi process --json`; null when the text is no such answer. */
export function readAmdProcesses(text: string): GpuProcess[] | null {
  return (
    listOf(text)?.flatMap((entry) => {
      const gpu = at(entry, 'gpu');
      const processes = at(entry, 'process_list');
      if (typeof gpu !== 'number' || !Array.isArray(processes)) return [];
      return processes.flatMap((one: unknown) => {
        const pid = at(one, 'process_info', 'pid');
        // In place of a process there may be the sentence that there is none.
        if (typeof pid !== 'number') return [];
        const name = at(one, 'process_info', 'name');
        return [
          {
            uuid: amdDeviceName(gpu),
            pid,
            name: typeof name === 'string' && name !== 'N/A' ? name : null,
            memoryBytes: bytesAt(one, 'process_info', 'memory_usage', 'vram_mem'),
          },
        ];
      });
    }) ?? null
  );
}

function listOf(text: string): unknown[] | null {
  try {
    const json: unknown = JSON.parse(text);
    const list = Array.isArray(json) ? json : at(json, 'gpu_data');
    return Array.isArray(list) ? list : null;
  } catch {
    return null;
  }
}

function amountAt(value: unknown, ...path: readonly string[]): number | null {
  const amount = at(value, ...path);
  const number = typeof amount === 'number' ? amount : at(amount, 'value');
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function bytesAt(value: unknown, ...path: readonly string[]): number | null {
  const amount = amountAt(value, ...path);
  const unit = at(value, ...path, 'unit');
  const bytes = typeof unit === 'string' ? unitBytes[unit] : undefined;
  return amount === null || bytes === undefined ? null : amount * bytes;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.entries(found).find(([key]) => key === name)?.[1];
  }
  return found;
}
