import { closest, distance } from 'fastest-levenshtein';

import type { Problems } from './problems.ts';
import { batchOptions } from './option/batch.ts';
import type { Option } from './option/option.ts';
import { hyphenated, isMapping, readYamlFile } from './config-file.ts';
import type { GivenOptions } from './read-options.ts';

/** What a batch file asks for: the options of each run, by flag name, in the order of the file. */
export interface BatchFile {
  readonly name: string | null;
  readonly runs: readonly GivenOptions[];
  /** Run them in turn: A B A B; null: not said. */
  readonly interleave: boolean | null;
  /** How often each is run; null: not said. */
  readonly repeat: number | null;
}

const words = {
  name: 'batch file',
  give: 'give tokometer batch a YAML or JSON file',
  example: 'such as "matrix: {model: [a, b], prompt-lengths: [[1, 6144]]}"',
};
const keys = ['name', 'interleave', 'repeat', 'defaults', 'matrix', 'runs'];
// A list too many in a matrix makes millions: nobody means that.
const mostRuns = 10_000;

/** Reads a batch file. Throws E_USAGE when it is no YAML; all else that is wrong with its form is added to the problems. */
export async function readBatchFile(path: string, problems: Problems): Promise<BatchFile> {
  const value = await readYamlFile(path, words);
  if (!isMapping(value)) {
    problems.add(`${path} holds no batch`, words.example);
    return { name: null, runs: [], interleave: null, repeat: null };
  }
  for (const key of Object.keys(value)) refuseUnknown(key, path, problems);
  const at = (key: string): string => `${path}: ${key}`;
  const defaults = optionsIn(value['defaults'] ?? {}, at('defaults'), problems);
  const parts = Object.entries(value).flatMap(([key, part]): GivenOptions[] => {
    if (key === 'matrix') return matrices(part, at(key), problems);
    return key === 'runs' ? listed(part, at(key), problems) : [];
  });
  if (value['matrix'] === undefined && value['runs'] === undefined) {
    problems.add(`${path} has neither a matrix nor runs`, words.example);
  }
  return {
    name: nameOf(value['name'], path, problems),
    runs: parts.map((options) => ({ ...defaults, ...options })),
    interleave: readBy(batchOptions.interleave, value, { path, problems }),
    repeat: readBy(batchOptions.repeat, value, { path, problems }),
  };
}

/** What the file says for an option of the command; null: nothing. */
function readBy<Value>(
  { flag, type }: Option<Value>,
  file: Readonly<Record<string, unknown>>,
  { path, problems }: { path: string; problems: Problems },
): Value | null {
  const given = file[flag];
  if (given === undefined || given === null) return null;
  const read = type.read(given);
  if ('value' in read) return read.value;
  problems.add(`${path}: ${flag} ${read.problem}`);
  return null;
}

function nameOf(name: unknown, path: string, problems: Problems): string | null {
  if (name === undefined || name === null) return null;
  if (typeof name === 'string' && name.trim() !== '') return name;
  problems.add(`${path}: name needs a text, got ${JSON.stringify(name)}`, 'leave it out for the name of the file');
  return null;
}

// One mapping of lists, or several that follow one another.
function matrices(value: unknown, place: string, problems: Problems): GivenOptions[] {
  const several = Array.isArray(value);
  const mappings: unknown[] = several ? value : [value];
  if (mappings.length === 0) problems.add(`${place} is an empty list`, words.example);
  return mappings.flatMap((mapping, index) => product(mapping, several ? `${place} ${index + 1}` : place, problems));
}

// The first option changes slowest, as in nested loops.
function product(value: unknown, place: string, problems: Problems): GivenOptions[] {
  if (!isMapping(value) || Object.keys(value).length === 0) {
    problems.add(`${place} needs options with a list each`, words.example);
    return [];
  }
  let points: GivenOptions[] = [{}];
  for (const [option, choices] of Object.entries(hyphenated(value))) {
    if (!Array.isArray(choices) || choices.length === 0) {
      const got = Array.isArray(choices) ? 'an empty list' : JSON.stringify(choices);
      problems.add(`${place}: ${option} needs a list of values, got ${got}`, `such as "${option}: [a, b]"`);
      points = [];
      continue;
    }
    if (points.length * choices.length > mostRuns) {
      problems.add(`${place} makes more than ${mostRuns} runs`, 'split it into several files');
      return [];
    }
    const values: unknown[] = choices;
    points = points.flatMap((point) => values.map((choice) => ({ ...point, [option]: choice })));
  }
  return points;
}

function listed(value: unknown, place: string, problems: Problems): GivenOptions[] {
  if (!Array.isArray(value) || value.length === 0) {
    const got = Array.isArray(value) ? 'an empty list' : JSON.stringify(value);
    problems.add(`${place} needs a list of runs, got ${got}`, 'each run is a mapping of options');
    return [];
  }
  return value.map((run: unknown, index) => optionsIn(run, `${place} ${index + 1}`, problems));
}

function optionsIn(value: unknown, place: string, problems: Problems): GivenOptions {
  if (isMapping(value)) return hyphenated(value);
  problems.add(`${place} needs options, got ${JSON.stringify(value)}`, 'such as "max-tokens: 2048"');
  return {};
}

function refuseUnknown(key: string, path: string, problems: Problems): void {
  if (keys.includes(key)) return;
  const nearest = closest(key, keys);
  const isNear = distance(key, nearest) <= 2;
  const others = `a batch file has ${keys.join(', ')}; options stand in defaults, matrix and runs`;
  problems.add(`${path}: "${key}" is not known`, isNear ? `did you mean ${nearest}?` : others);
}
