import { deviceOptions } from './devices.ts';
import { llamaOptions } from './llama.ts';
import { modelOptions } from './model.ts';
import type { OptionValues } from './option.ts';
import { outputOptions } from './output.ts';
import { referenceOptions } from './reference.ts';
import { servedApiOptions } from './served-api.ts';
import { serverOptions } from './servers.ts';
import { trafficOptions } from './traffic.ts';
import { transformersOptions } from './transformers.ts';
import { workloadOptions } from './workload.ts';

/** Every option of `tokometer perf`. */
export const perfOptions = {
  ...modelOptions,
  ...servedApiOptions,
  ...workloadOptions,
  ...trafficOptions,
  ...deviceOptions,
  ...transformersOptions,
  ...serverOptions,
  ...llamaOptions,
  ...referenceOptions,
  ...outputOptions,
};

export type PerfOptions = OptionValues<typeof perfOptions>;
