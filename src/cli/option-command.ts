import { Command, CommanderError, Option } from 'commander';

import { TokometerError } from '../base/errors.ts';
import { describeFlag, optionGroups, type Option as OptionSpec } from '../plan/option/option.ts';
import type { GivenOptions } from '../plan/read-options.ts';

export type OptionTable = Readonly<Record<string, OptionSpec<unknown>>>;

export interface GivenLine {
  /** By flag name; unknown flags are here too, so that the plan can tell of all problems at once. */
  readonly flags: GivenOptions;
  readonly operands: readonly string[];
}

/** A commander command whose options are those of the table, grouped for help. */
export function optionCommand(name: string, table: OptionTable): Command {
  const command = new Command(name)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ sortOptions: false });
  for (const group of optionGroups) {
    for (const spec of Object.values(table)) {
      if (spec.group !== group) continue;
      for (const option of optionsOf(spec)) command.addOption(option.helpGroup(`${group}:`));
    }
  }
  return command;
}

/** Parses argv by the table; underscores in flags count as hyphens. Throws E_USAGE when a value is missing. */
export function parseLine(command: Command, table: OptionTable, argv: readonly string[]): GivenLine {
  const result = parseQuietly(command, argv.map(hyphenate));
  const flags: Record<string, unknown> = {};
  for (const spec of Object.values(table)) {
    const value: unknown = command.getOptionValue(camelCase(spec.flag));
    if (value !== undefined) flags[spec.flag] = value;
    if (typeof value === 'string' && isFlagOf(value, table)) {
      throw new TokometerError('E_USAGE', `--${spec.flag} needs a value, but the next word is the flag ${value}`, {
        hint: `tokometer ${command.name()} --help shows what it takes`,
      });
    }
  }
  for (const word of result.unknown) {
    const unknown = /^--?([a-z][^=]*)/i.exec(word);
    if (unknown?.[1] !== undefined) flags[unknown[1]] = true;
  }
  return { flags, operands: result.operands };
}

// A value may look like a flag (--engine-args '--seed 1'); a flag of this very command is a value that was forgotten.
function isFlagOf(word: string, table: OptionTable): boolean {
  const name = /^--(?:no-)?([a-z][a-z0-9-]*)(?:=.*)?$/s.exec(word)?.[1];
  return name !== undefined && Object.values(table).some((spec) => spec.flag === name);
}

function parseQuietly(command: Command, argv: string[]): { operands: string[]; unknown: string[] } {
  try {
    return command.parseOptions(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      throw new TokometerError('E_USAGE', error.message.replace(/^error: /, ''), {
        hint: `tokometer ${command.name()} --help shows what it takes`,
        cause: error,
      });
    }
    throw error;
  }
}

function optionsOf(spec: OptionSpec<unknown>): Option[] {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  const { arity, name } = spec.type;
  if (arity === 'none') {
    const negated = new Option(`--no-${spec.flag}`, describeFlag(spec));
    const plain = new Option(`${short}--${spec.flag}`, describeFlag(spec));
    if (spec.default === true) return [negated, plain.hideHelp()];
    return spec.default === null ? [plain, negated.hideHelp()] : [plain];
  }
  const value = arity === 'many' ? `<${name}...>` : `<${name}>`;
  return [new Option(`${short}--${spec.flag} ${value}`, `${spec.describe}${defaultNote(spec)}`)];
}

function defaultNote(spec: OptionSpec<unknown>): string {
  const value = spec.default;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return '';
  return ` [${spec.type.name === 'seconds' ? `${Number(value) / 1000} s` : value}]`;
}

function hyphenate(word: string): string {
  const match = /^(--[a-z][a-z0-9_-]*)(=.*)?$/is.exec(word);
  return match === null ? word : `${(match[1] ?? '').replaceAll('_', '-')}${match[2] ?? ''}`;
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
