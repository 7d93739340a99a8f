import { readFile } from 'node:fs/promises';

import { messageOf, TokometerError } from '../base/errors.ts';
import type { GivenOptions } from './read-options.ts';

/** How a file is spoken of: what it is, how it is given, what a good one looks like. */
export interface FileWords {
  readonly name: string;
  readonly give: string;
  readonly example: string;
}

const configWords: FileWords = {
  name: 'config file',
  give: 'give --config a YAML or JSON file',
  example: 'one option a line, such as "max-tokens: 2048"',
};

/** Reads a YAML or JSON file (JSON is YAML) whose keys are flag names, with hyphens or underscores. */
export async function readConfigFile(path: string): Promise<GivenOptions> {
  const value = await readYamlFile(path, configWords);
  if (value === null || value === undefined) return {};
  if (!isMapping(value)) {
    throw new TokometerError('E_USAGE', `the config file ${path} holds no options`, { hint: configWords.example });
  }
  return hyphenated(value);
}

/** What a YAML or JSON file holds. Throws E_USAGE when it can't be read or is neither. */
export async function readYamlFile(path: string, words: FileWords): Promise<unknown> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    throw new TokometerError('E_USAGE', `the ${words.name} ${path} can't be read: ${messageOf(error)}`, {
      hint: words.give,
      cause: error,
    });
  }
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(content);
    return value;
  } catch (error) {
    throw new TokometerError('E_USAGE', `the ${words.name} ${path} is neither YAML nor JSON: ${messageOf(error)}`, {
      hint: words.example,
      cause: error,
    });
  }
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same options by their flag names, however they were spelt. */
export function hyphenated(options: Readonly<Record<string, unknown>>): GivenOptions {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key.replaceAll('_', '-'), value]));
}
