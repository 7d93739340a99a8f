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

/** What an option table gives after reading: a value for each key. */
export type OptionValues<Table> = {
  readonly [Key in keyof Table]-?: Table[Key] extends Option<infer Value, infer Default>
    ? null extends Default
      ? Value | null
      : Value
    : never;
};
