import { readFile } from 'node:fs/promises';

import { messageOf, TokometerError } from '../base/errors.ts';
import type { GivenOptions } from './read-options.ts';

/** Reads a YAML or JSON file (JSON is YAML) whose keys are flag names, with hyphens or underscores. */
export async function readConfigFile(path: string): Promise<GivenOptions> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new TokometerError('E_USAGE', `the config file ${path} can't be read: ${messageOf(error)}`, {
      hint: 'give --config a YAML or JSON file',
      cause: error,
    });
  }
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(content);
  } catch (error) {
    throw new TokometerError('E_USAGE', `the config file ${path} is neither YAML nor JSON: ${messageOf(error)}`, {
      hint: 'one option a line, such as "max-tokens: 2048"',
      cause: error,
    });
  }
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new TokometerError('E_USAGE', `the config file ${path} holds no options`, {
      hint: 'one option a line, such as "max-tokens: 2048"',
    });
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.replaceAll('_', '-'), entry]));
}
