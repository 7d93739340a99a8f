import { closest, distance } from 'fastest-levenshtein';

import { evalscopeChoices, evalscopeFlags } from './option/evalscope.ts';
import type { Option, OptionValues } from './option/option.ts';
import type { Problems } from './problems.ts';

/** Values as they came, by flag name (hyphens): argv texts, or what a config file holds. */
export type GivenOptions = Readonly<Record<string, unknown>>;

export interface OptionSources {
  readonly flags: GivenOptions;
  readonly file?: GivenOptions;
  /** What is said after a name that stands in `file`; the config file, when not given. */
  readonly place?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

type Table = Readonly<Record<string, Option<unknown>>>;

/** Flags win over environment variables, those over the file, the file over defaults. Problems are collected. */
export function readOptions<T extends Table>(
  table: T,
  sources: OptionSources,
  problems: Problems,
): OptionValues<T> & Readonly<Record<string, unknown>> {
  const known = Object.values(table).map((spec) => spec.flag);
  const place = sources.place ?? ' in the config file';
  for (const name of Object.keys(sources.flags)) refuseUnknown(name, { known, place: null, problems });
  for (const name of Object.keys(sources.file ?? {})) refuseUnknown(name, { known, place, problems });
  const values: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(table)) {
    const [given, origin] = pick(spec, sources, place);
    values[key] = spec.default;
    if (given === undefined) continue;
    const result = spec.type.read(given);
    if ('value' in result) values[key] = result.value;
    else problems.add(`${origin} ${result.problem}`, laterHint(spec.flag, given));
  }
  // The table's types say what `read` returns for each key; a loop over keys can't carry that.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return values as OptionValues<T> & Readonly<Record<string, unknown>>;
}

/** Says of a flag nobody knows: not there yet (EvalScope's), or misspelt, with a suggestion. */
function refuseUnknown(
  flag: string,
  context: { known: readonly string[]; place: string | null; problems: Problems },
): void {
  if (context.known.includes(flag)) return;
  const written = context.place === null ? `--${flag}` : `"${flag}"${context.place}`;
  const evalscope = evalscopeFlags[flag];
  if (evalscope !== undefined) {
    context.problems.add(`${written} is a flag of EvalScope that Tokometer does not have yet`, evalscope.instead);
    return;
  }
  const nearest = closest(flag, [...context.known]);
  const isNear = distance(flag, nearest) <= Math.max(2, Math.floor(flag.length / 3));
  context.problems.add(
    `${written} is not known`,
    isNear ? `did you mean ${context.place === null ? '--' : ''}${nearest}?` : '--help lists them all',
  );
}

function pick(spec: Option<unknown>, sources: OptionSources, place: string): [given: unknown, origin: string] {
  const flagged = sources.flags[spec.flag];
  if (flagged !== undefined) return [flagged, `--${spec.flag}`];
  const variable = spec.env === undefined ? undefined : sources.environment?.[spec.env];
  if (variable !== undefined && variable !== '') return [variable, `environment variable ${spec.env}`];
  const filed = sources.file?.[spec.flag];
  if (filed !== undefined && filed !== null) return [filed, `${spec.flag}${place}`];
  return [undefined, ''];
}

function laterHint(flag: string, given: unknown): string | null {
  return evalscopeChoices[flag]?.includes(String(given)) === true
    ? `EvalScope has "${String(given)}"; Tokometer does not have it yet`
    : null;
}
