/**
 * Text in columns of a terminal. Comes in: plain text without control codes. Goes out: text that takes no more than the
 * columns it was given. Wide characters (Chinese, Japanese, Korean, emoji) count two, combining ones none.
 */

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const invisible = /\p{M}|\p{Cf}/u;

/** What one character takes: columns of a terminal, or what a picture counts in. */
export type CharacterWidth = (character: string) => number;

/** Columns that a text takes. */
export function displayWidth(text: string): number {
  // oxlint-disable-next-line no-control-regex
  return /^[\u0000-\u007e]*$/.test(text) ? text.length : widthBy(text, columnsOf);
}

/** What a text takes by the widths of its characters. */
export function widthBy(text: string, widthOf: CharacterWidth): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text, cut with an ellipsis where it takes more than `width` columns. */
export function cutToWidth(text: string, width: number, widthOf: CharacterWidth = columnsOf): string {
  if (widthBy(text, widthOf) <= width) return text;
  if (width <= 0) return '';
  return `${headOf(text, width - widthOf('…'), widthOf)}…`;
}

/** Fills up with spaces to `width` columns. */
export function padToWidth(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** Lines of at most `width` columns, broken at spaces; a word that is longer is broken where it must. */
export function wrapToWidth(text: string, width: number, widthOf: CharacterWidth = columnsOf): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthBy(joined, widthOf) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (widthBy(line, widthOf) > width) {
      const head = headOf(line, width, widthOf);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}

// At least one character, so that a wrap into one column ends.
function headOf(text: string, width: number, widthOf: CharacterWidth): string {
  let head = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width && head !== '') break;
    head += character;
    if (used > width) break;
  }
  return head;
}

/** Columns that one character takes: 0, 1 or 2. */
export function columnsOf(character: string): number {
  if (invisible.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
