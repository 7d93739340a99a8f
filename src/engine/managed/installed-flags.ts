import { askProgram } from './ask-program.ts';
import type { FlagRule, FlagUse, ServerProgram } from './server-description.ts';

// vLLM imports torch before it prints its help: 12 s on a small machine.
const helpTimeoutMs = 120_000;
// Fewer flags than this, and it was no list of flags.
const fewestFlags = 5;

const looked = new Map<string, Promise<ReadonlySet<string> | null>>();

/** Every flag that the installed program's `--help` names, asked for once; null: it prints none. */
export async function installedFlags(
  program: ServerProgram,
  signal?: AbortSignal,
): Promise<ReadonlySet<string> | null> {
  const key = [...program.words, program.version ?? ''].join('\0');
  const asked = looked.get(key) ?? readFlags(program.words, signal);
  looked.set(key, asked);
  const flags = await asked;
  if (flags === null) looked.delete(key);
  return flags;
}

async function readFlags(words: readonly string[], signal?: AbortSignal): Promise<ReadonlySet<string> | null> {
  const answer = await askProgram([...words, '--help'], {
    timeoutMs: helpTimeoutMs,
    environment: { COLUMNS: '200', NO_COLOR: '1' },
    signal,
  });
  const flags = new Set(`${answer.stdout}\n${answer.stderr}`.match(/--[a-zA-Z][\w-]*/g));
  return flags.size < fewestFlags ? null : flags;
}

function hasOlder(
  use: FlagUse,
  rules: Readonly<Record<string, FlagRule>>,
  installed: ReadonlySet<string> | null,
): use is FlagUse & Required<Pick<FlagUse, 'older'>> {
  if (use.older === undefined || installed === null) return false;
  return rules[use.older.flag]?.names.some((name) => installed.has(name)) ?? false;
}

export interface FittedFlags {
  readonly words: readonly string[];
  /** Whole sentences: flags that the installed version lacks under every name. */
  readonly missing: readonly string[];
}

/** The words of the flags in the names that the installed version has; `installed` null: the newest names. */
export function fitFlags(
  uses: readonly FlagUse[],
  rules: Readonly<Record<string, FlagRule>>,
  installed: ReadonlySet<string> | null,
): FittedFlags {
  const words: string[] = [];
  const missing: string[] = [];
  for (const each of uses) {
    const use = hasOlder(each, rules, installed) ? each.older : each;
    const rule = rules[use.flag];
    if (rule === undefined) continue;
    const name = installed === null ? rule.names[0] : rule.names.find((candidate) => installed.has(candidate));
    if (name === undefined) missing.push(`The installed version has no ${rule.names.join(' or ')}: ${rule.without}.`);
    else words.push(name, ...use.values);
  }
  return { words, missing };
}
