import type { Accelerator } from '../catalog/accelerator.ts';
import { findAccelerator } from '../catalog/accelerators.ts';
import { type ModelCost, modelCost } from '../catalog/model-cost.ts';
import { modelIdentity } from '../catalog/model-identity.ts';
import type { ModelShape } from '../catalog/model-shape.ts';
import { findModelShape } from '../catalog/model-shapes.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { RunPlan } from '../contract/plan.ts';
import { isMissing, missing } from './missing.ts';
import type { Missing } from './missing.ts';

/** What the hardware could do, a second. */
export interface Peak {
  readonly perSecond: number;
  /** Who says so. */
  readonly source: string;
}

/** What a token costs on this model, and what the devices could do at best; each with its reason where it is not known. */
export interface Roofline {
  readonly model: KnownModel | Missing;
  /** Bytes a second. */
  readonly bandwidth: Peak | Missing;
  /** Floating-point operations a second. */
  readonly compute: Peak | Missing;
}

export interface KnownModel extends ModelCost {
  readonly shape: ModelShape;
  /** As it is stored: `bf16`, `Q4_0`. */
  readonly format: string;
}

/** Reads plan and engine once; nothing is guessed. */
export function rooflineOf(plan: RunPlan, engine: EngineFacts): Roofline {
  const model = knownModel(plan, engine);
  const { bandwidthBytesPerSecond, operationsPerSecond } = plan.peaks;
  return {
    model,
    bandwidth:
      bandwidthBytesPerSecond === null
        ? vendorPeak(engine, '--peak-bandwidth', (one) => one.bandwidthGBps * 1e9)
        : { perSecond: bandwidthBytesPerSecond, source: '--peak-bandwidth' },
    compute:
      operationsPerSecond === null
        ? computePeak(model, engine)
        : { perSecond: operationsPerSecond, source: '--peak-tflops' },
  };
}

function computePeak(model: KnownModel | Missing, engine: EngineFacts): Peak | Missing {
  if (!isMissing(model) && model.computeBits !== 16) {
    return missing(
      `only peaks of 16-bit operations are known, and ${model.format} weights are multiplied in ${model.computeBits} bits`,
    );
  }
  return vendorPeak(engine, '--peak-tflops', (one) => one.tflops * 1e12);
}

function vendorPeak(engine: EngineFacts, flag: string, peak: (one: Accelerator) => number): Peak | Missing {
  const { device, gpuCount, settings } = engine;
  if (gpuCount === 0) return missing(`no peak is known of a CPU; ${flag} gives one`);
  if (device === null) return missing(`the device that computes is not known; ${flag} gives its peak`);
  const name = device.replace(/^\d+ x /, '');
  const found = findAccelerator(name);
  if (found === null) return missing(`no peak is known of ${name}; ${flag} gives one`);
  // Devices that hold a share of each layer work at once; layers spread over devices take turns.
  const together = typeof settings['tensorParallel'] === 'number' ? Math.max(1, settings['tensorParallel']) : 1;
  const source = `vendor peak of ${together === 1 ? '' : `${together} x `}${found.name}`;
  return { perSecond: peak(found) * together, source };
}

// Words of a server's command that change what a token reads.
const otherBytes = /^--?(?:kv-cache-dtype|cache-type-[kv]|quantization|speculative|spec-|draft|model-draft|md|ctk|ctv)/;

function knownModel(plan: RunPlan, engine: EngineFacts): KnownModel | Missing {
  if (plan.engine.api === 'reference') return missing('the reference engine computes no model');
  const words = 'engineArguments' in plan.engine ? plan.engine.engineArguments : [];
  const changed = words.find((word) => otherBytes.test(word));
  if (changed !== undefined) return missing(`${changed} changes what a token reads`);
  const { name } = modelIdentity(plan.model);
  const shape = findModelShape(name);
  if (shape === null) return missing(`the shape of ${name} is not in the catalogue`);
  const format = storedFormat(plan, engine);
  if (isMissing(format)) return format;
  const cost = modelCost(shape, format.format);
  return cost === null
    ? missing(`how many bytes weights of ${format.format} take is not known`)
    : { shape, format: format.format, ...cost };
}

function storedFormat({ engine: plan, model }: RunPlan, engine: EngineFacts): { format: string } | Missing {
  const named = modelIdentity(model).quantization;
  if (plan.api === 'local_llama' || plan.api === 'local_llama_server') {
    const isDummy = engine.weights === 'dummy';
    const format = isDummy ? plan.dummyQuantization : plan.api === 'local_llama' ? (engine.dtype ?? named) : named;
    if (format === null) return missing('how the weights of the file are stored is not known');
    // Files of real weights mix other types in.
    return isDummy || !/^Q4_0$/i.test(format) ? { format } : missing('a Q4_0 file of real weights mixes several types');
  }
  // vLLM and SGLang run what was published under a name; other servers have files of their own.
  if (plan.api === 'openai' && named === null && !/^(?:vLLM|SGLang)$/.test(engine.name)) {
    return missing('how the server stores its weights is not known');
  }
  const [dtype = '', ...quantization] = (engine.dtype ?? '').split(',').map((part) => part.trim());
  const asStored = dtype === '' || dtype === 'auto' ? 'bf16' : dtype;
  if (quantization.some((part) => part.includes('dequantised'))) return { format: asStored };
  if (named === null && quantization.length > 0)
    return missing(`how many bytes weights of ${quantization.join(', ')} take is not known`);
  return { format: named ?? asStored };
}
