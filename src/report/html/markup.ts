import { escapeHtml, plainText } from '../../base/escape.ts';

/** Text that is already HTML. Only `markup` makes it, and it escapes every string that it is given. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

export type MarkupPart = Markup | string | number | null | readonly MarkupPart[];

/** Builds HTML: what the template says is trusted, every value is escaped, null is nothing. */
export function markup(texts: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  const pieces = texts.map((text, index) => text + htmlOf(parts[index] ?? null));
  return new Markup(pieces.join(''));
}

/** Text of this program's own that may stand as it is, such as the style sheet. */
export function trusted(html: string): Markup {
  return new Markup(html);
}

function htmlOf(part: MarkupPart): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.html;
  if (typeof part === 'string') return escapeHtml(plainText(part));
  if (typeof part === 'number') return String(part);
  return part.map(htmlOf).join('');
}
