/** What a model's name says of it. */
export interface ModelIdentity {
  /** Without organisation, folder and quantisation: `Qwen2.5-7B-Instruct`. */
  readonly name: string;
  /** As the name has it, such as `AWQ` or `Q4_K_M`; null: it names none. */
  readonly quantization: string | null;
}

const hubCache = /(?:^|\/)models--[^/]+--([^/]+)\/snapshots\/[^/]+\/?$/;
const ending = /[-.](gptq-int4|gptq-int8|awq|fp8|q\d(?:_k)?(?:_[01sml]|_xl)?|iq\d_[a-z]+|bf16|f16|fp16|f32)$/i;

/** Reads a name as people and programs write it: a hub's id, a folder, a folder of the Hugging Face cache, a GGUF file. */
export function modelIdentity(written: string): ModelIdentity {
  const path = written.trim().replaceAll('\\', '/');
  const inCache = hubCache.exec(path)?.[1];
  const base = inCache ?? path.replace(/\/+$/, '').split('/').at(-1) ?? path;
  const plain = base.replace(/\.gguf$/i, '').replace(/-gguf$/i, '');
  const quantization = ending.exec(plain)?.[1] ?? null;
  return { name: quantization === null ? plain : plain.slice(0, -quantization.length - 1), quantization };
}

/** One spelling for each quantisation: `AWQ-INT4` and `awq` are `awq`, `float16` is `f16`. */
export function normalQuantization(written: string): string {
  const name = written.trim().toLowerCase().replaceAll('_', '-');
  const same: Readonly<Record<string, string>> = {
    'awq-int4': 'awq',
    bfloat16: 'bf16',
    float16: 'f16',
    fp16: 'f16',
    half: 'f16',
    float32: 'f32',
    fp32: 'f32',
    float: 'f32',
  };
  return same[name] ?? name;
}
