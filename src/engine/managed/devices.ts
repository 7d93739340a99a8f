import { TokometerError } from '../../base/errors.ts';
import { askProgram } from './ask-program.ts';
import type { ModelFolder } from './model-folder.ts';

const mebibyte = 2 ** 20;
const askTimeoutMs = 10_000;
// Activations, graphs and the runtime's own, beside weights and keys and values.
const roomBeside = 1.1;

export interface Device {
  readonly name: string;
  readonly memoryBytes: number;
}

/** The NVIDIA devices that a server will see: those of `gpus`, else of CUDA_VISIBLE_DEVICES, else all. Empty: none. */
export async function visibleDevices(gpus: string | null): Promise<readonly Device[]> {
  const answer = await askProgram(
    ['nvidia-smi', '--query-gpu=index,uuid,memory.total,name', '--format=csv,noheader,nounits'],
    { timeoutMs: askTimeoutMs },
  );
  const wanted = (gpus ?? process.env['CUDA_VISIBLE_DEVICES'])?.split(',').map((word) => word.trim());
  return answer.stdout.split('\n').flatMap((line) => {
    const [index, uuid, memory, ...name] = line.split(',').map((word) => word.trim());
    if (index === undefined || uuid === undefined || !Number.isFinite(Number(memory ?? 'none'))) return [];
    const isSeen = wanted?.some((word) => word === index || (word !== '' && uuid.startsWith(word))) ?? true;
    return isSeen ? [{ name: name.join(','), memoryBytes: Number(memory) * mebibyte }] : [];
  });
}

export interface ParallelInput {
  readonly gpus: string | null;
  readonly devices: readonly Device[];
  readonly folder: ModelFolder;
  readonly maxLength: number | null;
  readonly memoryShare: number;
}

/**
 * Over how many devices the model is split: as many as `gpus` names, else the fewest that divide the attention heads and
 * hold weights and cache; 1 without devices. Throws E_PLAN when the named devices do not divide the heads.
 */
export function tensorParallelSize({ gpus, devices, folder, maxLength, memoryShare }: ParallelInput): number {
  const heads = folder.attentionHeads;
  if (gpus !== null && gpus.trim() !== '') {
    const count = gpus.split(',').length;
    if (heads !== null && heads % count !== 0) throw notDividing(gpus, count, heads);
    return count;
  }
  // Dummy weights lie in no file: what config.json describes is held all the same.
  const weightBytes = folder.weightBytes ?? folder.configWeightBytes;
  if (heads === null || weightBytes === null || devices.length === 0) return 1;
  const possible = divisors(heads).filter((count) => count <= devices.length);
  const smallestBytes = Math.min(...devices.map((device) => device.memoryBytes));
  const neededBytes = (weightBytes + (folder.cacheBytesPerToken ?? 0) * (maxLength ?? 0)) * roomBeside;
  return possible.find((count) => count * smallestBytes * memoryShare >= neededBytes) ?? possible.at(-1) ?? 1;
}

function divisors(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter((divisor) => count % divisor === 0);
}

function notDividing(gpus: string, count: number, heads: number): TokometerError {
  const fitting = divisors(heads).filter((divisor) => divisor < count);
  return new TokometerError(
    'E_PLAN',
    `--gpus ${gpus} names ${count} devices, and they do not divide the model's ${heads} attention heads`,
    { hint: `name ${fitting.slice(-3).join(' or ')} of them with --gpus` },
  );
}
