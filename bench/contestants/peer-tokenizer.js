import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes a Hugging Face tokenizer in which each word is one token, the server's " the" among them. It costs a tool that
 * tokenizes answers less than any real one. An unknown word becomes a plain one: a special token would vanish from a prompt.
 */
export function writeTokenizer(folder) {
  const words = ['word', '</s>', 'the', 'hi'];
  const syllables = ['ba', 'de', 'fi', 'go', 'lu', 'ma', 'ne', 'po', 'ri', 'su', 'ta', 'vo'];
  for (const first of syllables) {
    for (const second of syllables) for (const third of syllables) words.push(`${first}${second}${third}`);
  }
  const end = {
    id: 1,
    content: words[1],
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  };
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [end],
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab, unk_token: 'word' },
  };
  const settings = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: '</s>',
    pad_token: '</s>',
    model_max_length: 131_072,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(path.join(folder, 'tokenizer_config.json'), JSON.stringify(settings));
}
