import type { Column, Field } from '../../contract/export.ts';

type Of<Source> = (source: Source) => Field;
type Declare = <Source>(name: string, describe: string, of: Of<Source>) => Column<Source>;

const declare =
  (type: Column<never>['type']): Declare =>
  (name, describe, of) => ({ name, type, describe, of });

/** Columns of each type: name, what it holds, how it is read. */
export const text = declare('text');
export const integer = declare('integer');
export const real = declare('real');
export const boolean = declare('boolean');
export const timestamp = declare('timestamp');
