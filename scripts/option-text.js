// How options are written in the pages that are made of the option tables.
import { describeFlag, optionGroups } from '../dist/plan/option/option.js';

/** The default of an option as a person would give it; empty where there is none to tell. */
export function defaultOf(spec) {
  const value = spec.default;
  if (value === null || value === true || (typeof value === 'object' && Object.keys(value).length === 0)) return '';
  return spec.type.name === 'seconds' ? `${value / 1000} s` : String(value);
}

/** The forms of a flag, each with its value: `-n integer …` and `--number integer …` are one option. */
export function formsOf(spec) {
  const value = spec.type.arity === 'none' ? '' : ` ${spec.type.name}${spec.type.arity === 'many' ? ' …' : ''}`;
  const isTurnedOff = spec.type.arity === 'none' && spec.default === true;
  return [
    ...(spec.short === undefined ? [] : [`-${spec.short}`]),
    isTurnedOff ? `--no-${spec.flag}` : `--${spec.flag}${value}`,
    ...(spec.type.arity === 'none' && spec.default === null ? [`--no-${spec.flag}`] : []),
  ];
}

/** Options by group, in the order of the groups; only groups that have some. */
export function groupsOf(table) {
  return optionGroups
    .map((group) => ({ group, specs: Object.values(table).filter((spec) => spec.group === group) }))
    .filter(({ specs }) => specs.length > 0);
}

/** What an option does, without its default. */
export function describeOption(spec) {
  const variable = spec.env === undefined ? [] : [`Environment: ${spec.env}.`];
  return [describeFlag(spec), ...variable].join(' ');
}

/** Text for a cell of a Markdown table. */
export const escapeCell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
