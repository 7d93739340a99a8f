import { formatCount } from '../../base/units.ts';
import type { Advice } from '../../contract/summary.ts';
import { isOtherPrompt } from '../validity.ts';
import { cellsOf } from './rule.ts';
import type { AdviceFacts } from './rule.ts';

/** The server counted other prompt lengths than were asked for. */
export function promptCount(facts: AdviceFacts): Advice | null {
  const wrong = facts.counted.filter(isOtherPrompt);
  const first = wrong[0];
  if (first === undefined) return null;
  return {
    id: 'prompt-count',
    text:
      `The server counted ${formatCount(first.promptTokens ?? 0)} prompt tokens where ` +
      `${formatCount(first.requestedPromptTokens ?? 0)} were asked for; such rows are not valid.`,
    hint: '--tokenizer-path DIR builds prompts with the tokenizer of the model; --tokenize-prompt sends token ids',
    rows: cellsOf(wrong),
  };
}
