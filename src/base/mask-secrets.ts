/** Secrets never reach a disk or a screen. */
// `x-auth-token` and `accessToken` are secrets; `max_tokens` and `tokenizerPath` are not.
const secretName = /(authorization|cookie|api[-_]?key|secret|password)|token$/i;

export const maskedText = '***';

// Fields with the words of a command, whose flags have secrets of their own. A prompt is none: it must stay as it is.
const wordsOfCommand = /^(command|engineArguments)$/;
const secretFlag = /^--?[\w-]*(?:api[-_]?key|token|secret|password)$/i;

/** A deep copy with the values of secret-looking keys masked, and user names and passwords taken out of URLs. */
export function maskSecrets<Value>(value: Value): Value {
  // The copy has the shape of what came in: only texts are replaced, by texts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return mask(value, '') as Value;
}

function mask(value: unknown, key: string): unknown {
  if (typeof value === 'string') {
    if (secretName.test(key)) return maskedText;
    return wordsOfCommand.test(key) ? maskFlagsIn(maskUrl(value)) : maskUrl(value);
  }
  if (Array.isArray(value)) return wordsOfCommand.test(key) ? maskWords(value) : value.map((item) => mask(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mask(item, name)]));
}

function maskUrl(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/i, `$1${maskedText}@`)
    .replaceAll(/([?&][^=&#\s]*(?:key|token|secret|password|signature|auth)[^=&#\s]*=)[^&#\s]*/gi, `$1${maskedText}`);
}

// `--api-key k` in two words, or in one with a sign between.
function maskWords(words: readonly unknown[]): unknown[] {
  return words.map((word, place) => {
    const before = words[place - 1];
    if (typeof word !== 'string') return mask(word, '');
    return typeof before === 'string' && secretFlag.test(before) ? maskedText : maskFlagsIn(maskUrl(word));
  });
}

function maskFlagsIn(text: string): string {
  return text.replaceAll(
    /((?:^|\s)--?[\w-]*(?:api[-_]?key|token|secret|password)(?:=|\s+))(?!-)\S+/gi,
    `$1${maskedText}`,
  );
}

/** An environment variable as it may be kept: a secret by its name or by its looks is masked, and so is a login in a proxy. */
export function maskVariable(name: string, value: string): string {
  if (secretVariable.test(name) || secretLooks.test(value)) return maskedText;
  return /proxy$/i.test(name) ? value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${maskedText}@`) : maskUrl(value);
}

const secretVariable = /authorization|cookie|secret|passw(?:or)?d|credential|(?:token|key|auth)$/i;
// Keys of OpenAI and Hugging Face, tokens of GitHub, web tokens.
const secretLooks = /^(?:sk-|hf_|gh[a-z]_|eyJ)[\w.-]{8,}$/;

/** The command line as it may be kept: the values of --api-key and --headers are masked. */
export function maskCommandLine(words: readonly string[]): string[] {
  let masking: 'no' | 'one' | 'pairs' = 'no';
  return words.map((word) => {
    const flag = /^--([a-z_-]+)(=.*)?$/is.exec(word);
    if (flag !== null) {
      const name = (flag[1] ?? '').replaceAll('_', '-');
      masking = name === 'api-key' ? 'one' : name === 'headers' ? 'pairs' : 'no';
      if (flag[2] === undefined) return word;
      if (masking === 'no') return `--${flag[1] ?? ''}=${maskFlagsIn(maskUrl(flag[2].slice(1)))}`;
      return `--${name}=${maskedText}`;
    }
    if (masking === 'one') {
      masking = 'no';
      return maskedText;
    }
    if (masking === 'pairs') return word.replace(/=.*$/s, `=${maskedText}`);
    return maskFlagsIn(maskUrl(word));
  });
}
