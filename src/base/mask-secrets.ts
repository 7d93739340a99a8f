/** Secrets never reach a disk or a screen. */
// `x-auth-token` and `accessToken` are secrets; `max_tokens` and `tokenizerPath` are not.
const secretName = /(authorization|cookie|api[-_]?key|secret|password)|token$/i;

export const maskedText = '***';

/** A deep copy with the values of secret-looking keys masked, and user names and passwords taken out of URLs. */
export function maskSecrets<Value>(value: Value): Value {
  // The copy has the shape of what came in: only texts are replaced, by texts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return mask(value, '') as Value;
}

function mask(value: unknown, key: string): unknown {
  if (typeof value === 'string') return secretName.test(key) ? maskedText : maskUrl(value);
  if (Array.isArray(value)) return value.map((item) => mask(item, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mask(item, name)]));
}

function maskUrl(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/i, `$1${maskedText}@`)
    .replaceAll(/([?&][^=&#\s]*(?:key|token|secret|password|signature|auth)[^=&#\s]*=)[^&#\s]*/gi, `$1${maskedText}`);
}

/** The command line as it may be kept: the values of --api-key and --headers are masked. */
export function maskCommandLine(words: readonly string[]): string[] {
  let masking: 'no' | 'one' | 'pairs' = 'no';
  return words.map((word) => {
    const flag = /^--([a-z_-]+)(=.*)?$/is.exec(word);
    if (flag !== null) {
      const name = (flag[1] ?? '').replaceAll('_', '-');
      masking = name === 'api-key' ? 'one' : name === 'headers' ? 'pairs' : 'no';
      if (flag[2] === undefined) return word;
      if (masking === 'no') return `--${flag[1] ?? ''}=${maskUrl(flag[2].slice(1))}`;
      return `--${name}=${maskedText}`;
    }
    if (masking === 'one') {
      masking = 'no';
      return maskedText;
    }
    if (masking === 'pairs') return word.replace(/=.*$/s, `=${maskedText}`);
    return maskUrl(word);
  });
}
