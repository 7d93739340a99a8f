import { formatCount } from '../../base/units.ts';
import type { Yarn } from '../../catalog/shape-of-config.ts';

/** A planned row: tokens of its prompt, and tokens to generate. */
export interface RowLength {
  /** null: a fixed prompt, which the server counts. */
  readonly promptTokens: number | null;
  readonly outputTokens: number;
}

export interface LongestTextInput {
  /** Longest prompt + generation of the rows; null: not known yet. */
  readonly maxLength: number | null;
  readonly rows: readonly RowLength[];
  /** Longest text that the model takes as it is configured. */
  readonly contextLength: number | null;
  /** `--max-model-len`, which is passed on whatever the model says. */
  readonly named: number | null;
  /** The published override that the server can be started with; null: none. */
  readonly yarn: Yarn | null;
  /** The user's own words speak of the model's reach, or of its positions. */
  readonly isOverridden: boolean;
}

/** What the server is started with. */
export interface LongestText {
  readonly maxLength: number | null;
  readonly yarn: Yarn | null;
  readonly notes: readonly string[];
}

/**
 * The longest text that the server shall take. Rows beyond the model's own limit run with the published YaRN override;
 * without one they are refused singly: a limit beyond the model's own would keep the server from starting at all.
 */
export function longestText(input: LongestTextInput): LongestText {
  const { contextLength: limit, named, yarn } = input;
  const wanted = named ?? input.maxLength;
  if (input.isOverridden || wanted === null || limit === null || wanted <= limit) {
    return { maxLength: wanted, yarn: null, notes: [] };
  }
  const reach = yarn === null ? limit : yarn.factor * yarn.baseLength;
  const maxLength = named ?? Math.min(wanted, reach);
  const notes = yarn === null ? [] : [yarnNote(yarn, limit, input.rows)];
  if (named === null && wanted > reach) notes.push(refusedNote(reach, wanted, yarn !== null));
  return { maxLength, yarn, notes };
}

/** What is told about a stretched model. */
export function yarnNote(yarn: Yarn, limit: number, rows: readonly RowLength[]): string {
  const named = rows
    .flatMap(({ promptTokens, outputTokens }) =>
      promptTokens !== null && promptTokens + outputTokens > limit
        ? [`${formatCount(promptTokens)} + ${formatCount(outputTokens)}`]
        : [],
    )
    .join(', ');
  return (
    `The published YaRN override (factor ${yarn.factor} on ${formatCount(yarn.baseLength)} tokens) is on for what is ` +
    `longer than ${formatCount(limit)}${named === '' ? '' : ` (${named})`}. It is static: shorter rows run with it too, ` +
    'and their texts can differ from those of the plain model.'
  );
}

function refusedNote(reach: number, wanted: number, isStretched: boolean): string {
  const how = isStretched ? ' with YaRN' : '';
  return (
    `The model takes ${formatCount(reach)} tokens${how}, and the longest row has ${formatCount(wanted)}: rows beyond ` +
    `${formatCount(reach)} will be refused.`
  );
}
