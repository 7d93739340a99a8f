import { readFileSync } from 'node:fs';

import { messageOf } from '../base/errors.ts';
import type { Problems } from './problems.ts';

/** The text of `--prompt`: as it stands, or with `@` before a path that file's, whitespace at its ends included. */
export function fixedPrompt(given: string, problems: Problems): string {
  if (!given.startsWith('@')) return given;
  const path = given.slice(1);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
    if (text === '') problems.add(`--prompt ${given}: the file is empty`, 'put the prompt into it');
    return text;
  } catch (error) {
    const isNotText = error instanceof TypeError;
    problems.add(
      `--prompt ${given} can't be read: ${isNotText ? 'the file is not UTF-8' : messageOf(error)}`,
      isNotText
        ? 'save it as UTF-8'
        : 'after the @ stands the path of a text file; a text of its own has no @ before it',
    );
    return given;
  }
}
