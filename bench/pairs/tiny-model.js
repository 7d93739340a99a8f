// Folders with the config.json of a small Qwen2: no weights, no tokenizer, no end of sequence.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export async function writeTinyModel({ layers, hidden, heads, vocabulary }) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tokometer-pairs-model-'));
  const config = {
    architectures: ['Qwen2ForCausalLM'],
    model_type: 'qwen2',
    hidden_size: hidden,
    intermediate_size: 4 * hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads / 2,
    hidden_act: 'silu',
    max_position_embeddings: 4096,
    rms_norm_eps: 1e-6,
    rope_theta: 1_000_000,
    tie_word_embeddings: true,
    torch_dtype: 'bfloat16',
    vocab_size: vocabulary,
    bos_token_id: null,
    eos_token_id: null,
  };
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(config));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
