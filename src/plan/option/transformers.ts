import { option } from './option.ts';
import { text, toggle } from './value-types.ts';

/** Hugging Face Transformers. */
export const transformersOptions = {
  attention: option({
    flag: 'attn-implementation',
    type: text('name'),
    default: null,
    describe: 'flash_attention_2, sdpa, eager, or what the installed version knows. Unset: what Transformers chooses.',
    group: 'Transformers',
    example: '--attn-implementation flash_attention_2',
  }),
  deviceMap: option({
    flag: 'device-map',
    type: text('map'),
    default: null,
    describe: 'How the model is laid over devices. Unset: one device, or auto where --gpus names several.',
    group: 'Transformers',
  }),
  compile: option({
    flag: 'compile',
    type: toggle(),
    default: false,
    describe: 'Compile the model with torch.compile and a static cache.',
    group: 'Transformers',
  }),
};
