import { kvBytesPerToken, listModelShapes, parameterCount } from '../../catalog/model-shapes.ts';
import { weightBytes, type WeightFormat, weightFormats } from '../../catalog/weight-bytes.ts';
import { type DeviceMemory, readDeviceMemory } from '../../telemetry/device-memory.ts';

/** One checkpoint of the catalogue, and whether this machine holds it. */
export interface ModelListing {
  readonly model: string;
  readonly format: WeightFormat;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly kvBytesPerToken: number;
  readonly contextLength: number;
  /** Weights and the keys and values of one full standard request (30,720 + 2,048 tokens) fit the largest device. */
  readonly fits: boolean;
}

export interface ModelCatalogue {
  readonly device: DeviceMemory;
  readonly models: readonly ModelListing[];
}

const standardTokens = 30_720 + 2048;
// Activations, the engine itself and what an allocator can't use.
const usableShare = 0.9;

/** Every checkpoint of the catalogue; only Qwen2.5 is published in quantised forms of the same name. */
export async function listModels(): Promise<ModelCatalogue> {
  const devices = await readDeviceMemory();
  const device = devices.toSorted((one, other) => other.bytes - one.bytes)[0] ?? { name: 'host', bytes: 0 };
  const models = listModelShapes().flatMap((shape) => {
    const formats = shape.family === 'qwen2' ? weightFormats : weightFormats.slice(0, 1);
    return formats.map((format): ModelListing => {
      const weights = weightBytes(shape, format);
      const perToken = kvBytesPerToken(shape);
      return {
        model: format === 'BF16' ? shape.name : `${shape.name}-${format}`,
        format,
        parameters: parameterCount(shape),
        weightBytes: Math.round(weights),
        kvBytesPerToken: perToken,
        contextLength: shape.contextLength,
        fits: weights + perToken * standardTokens <= device.bytes * usableShare,
      };
    });
  });
  return { device, models };
}
