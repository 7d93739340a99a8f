import { normalQuantization } from '../catalog/model-identity.ts';
import type { PublishedSpeed } from '../catalog/published-document.ts';
import type { EngineFacts } from '../contract/engine.ts';

/** What differs between a run and a published row, each in a clause; `quantization`: the run's own, spelt as usual. */
export function publishedDifferences(row: PublishedSpeed, engine: EngineFacts, quantization: string): string[] {
  const { device, version, gpuCount, weights } = engine;
  const { hardware } = row.document;
  return [
    ...(weights === 'dummy' ? ['dummy weights here'] : []),
    ...(device === null
      ? [`hardware unknown here, ${hardware} there`]
      : isSameHardware(device, hardware)
        ? []
        : [`${device} here, ${hardware} there`]),
    ...(gpuCount === null || row.gpus === null || gpuCount === row.gpus || gpuCount === 0
      ? []
      : [`${gpuCount} GPUs here, ${row.gpus} there`]),
    ...(version !== null && version === row.version
      ? []
      : [`${row.framework} ${version ?? 'unknown'} here, ${row.version ?? 'version not stated'} there`]),
    ...(normalQuantization(row.quantization) === quantization
      ? []
      : [`${quantization} weights here, ${row.quantization} there`]),
    ...(row.note === null ? [] : [`there "${row.note}"`]),
  ];
}

/** `NVIDIA A100-SXM4-80GB` is `NVIDIA A100 80GB`, and `NVIDIA H20` is `NVIDIA H20 96GB`; another size of memory is another device. */
function isSameHardware(device: string, published: string): boolean {
  const [, model = '', memory = ''] = published.split(' ');
  const words = device.toUpperCase().split(/[\s-]+/);
  const sizes = words.filter((word) => /^\d+GB$/.test(word));
  return words.includes(model) && (sizes.length === 0 || sizes.includes(memory)) && !words.includes('MIG');
}
