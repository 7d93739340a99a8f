import { readFileSync } from 'node:fs';

import { packageRoot } from './package-root.ts';

/** Tokometer's own version, from the package file beside `dist` or `src`. */
export function packageVersion(): string {
  const text = readFileSync(new URL('package.json', packageRoot), 'utf8');
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string') {
    return parsed.version;
  }
  return 'unknown';
}
