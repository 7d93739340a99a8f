import type { ValueType } from './value-types.ts';

/** Groups of the help text, in its order. */
export const optionGroups = [
  'Model',
  'Served API',
  'Workload',
  'Traffic',
  'Local engines',
  'Transformers',
  'Started servers',
  'Embedded llama.cpp',
  'Reference engine',
  'Output',
] as const;

export type OptionGroup = (typeof optionGroups)[number];

/** One option, declared once: parser, help, docs, config schema and environment variables are derived from it. */
export interface Option<Value, Default extends Value | null = Value | null> {
  /** Without the dashes. Underscores are accepted in place of hyphens. */
  readonly flag: string;
  readonly short?: string;
  readonly env?: string;
  readonly type: ValueType<Value>;
  readonly default: Default;
  readonly describe: string;
  readonly group: OptionGroup;
  readonly example?: string;
}

export function option<Value, const Default extends Value | null>(
  spec: Option<Value, Default>,
): Option<Value, Default> {
  return spec;
}

/** What help and docs say of an option. One that is on by itself is shown as the flag that turns it off. */
export function describeFlag(spec: Option<unknown>): string {
  const { choices, name } = spec.type;
  if (choices !== undefined && !name.includes('|')) return `${spec.describe} One of ${choices.join(', ')}.`;
  const isTurnedOff = spec.type.arity === 'none' && spec.default === true;
  return isTurnedOff ? `Do not ${spec.describe.charAt(0).toLowerCase()}${spec.describe.slice(1)}` : spec.describe;
}

/** What an option table gives after reading: a value for each key. */
export type OptionValues<Table> = {
  readonly [Key in keyof Table]-?: Table[Key] extends Option<infer Value, infer Default>
    ? null extends Default
      ? Value | null
      : Value
    : never;
};
