import { TokometerError } from '../../base/errors.ts';

const blank = /\s/;

/**
 * The words of a text as a POSIX shell would cut them: blanks part words, quotes and backslashes keep them together.
 * Nothing is expanded, and no character but these means anything. Throws E_USAGE for a quote that does not end.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  // null: between words. An empty pair of quotes is a word too.
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    const next = text.charAt(index + 1);
    if (quote === "'" ? false : character === '\\' && isEscaped(next, quote)) {
      // A backslash before a line's end joins the lines.
      if (next !== '\n') word = (word ?? '') + next;
      index++;
    } else if (quote !== null) {
      if (character === quote) quote = null;
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (blank.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== null) {
    throw new TokometerError('E_USAGE', `the quote ${quote} in ${JSON.stringify(text)} does not end`, {
      hint: `close it, or write \\${quote} for the character itself`,
    });
  }
  if (word !== null) words.push(word);
  return words;
}

// Within double quotes a backslash stays one, unless it stands before a character that means something there.
function isEscaped(next: string, quote: '"' | null): boolean {
  return next !== '' && (quote === null || '"\\$`\n'.includes(next));
}

/** The text that `splitWords` cuts into these words; a shell does, too. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

const plainWord = /^[\w@%+=:,./{}-]+$/;
