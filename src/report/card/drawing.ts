import { markup, trusted } from '../html/markup.ts';
import type { Markup } from '../html/markup.ts';
import { darkPalette, lightPalette } from '../palette.ts';
import type { Palette } from '../palette.ts';

export const cardWidth = 1000;
export const margin = 36;
/** Where texts begin and end. */
export const inner = cardWidth - 2 * margin;

export type Colour = keyof Palette;

const family =
  "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif";

export interface TextPlace {
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
  readonly size: number;
  readonly colour: Colour;
  readonly weight?: 400 | 600 | 700;
  readonly anchor?: 'start' | 'end';
}

/** A line of text. */
export function textAt(place: TextPlace, text: string): Markup {
  const { x, y, size, colour, weight = 400, anchor = 'start' } = place;
  return markup`<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" class="${colour}" fill="${lightPalette[colour]}">${text}</text>
`;
}

/** A bar of a value; a hollow one is not to be believed. */
export function barAt(x: number, y: number, width: number, hollow: boolean): Markup {
  const box = `x="${round(x)}" y="${round(y)}" width="${round(Math.max(width, 2))}" height="12" rx="3"`;
  return hollow
    ? markup`<rect ${trusted(box)} class="hollow" fill="none" stroke="${lightPalette.bad}" stroke-dasharray="4 3"/>
`
    : markup`<rect ${trusted(box)} class="accent" fill="${lightPalette.accent}"/>
`;
}

export function lineAt(y: number): Markup {
  return markup`<path d="M${margin} ${y}H${cardWidth - margin}" class="rule" stroke="${lightPalette.line}"/>
`;
}

/**
 * The picture: a file of its own that asks nothing of a network. Its colours are attributes, which every viewer heeds; the style
 * sheet only makes them dark where a browser says so.
 */
export function picture(content: { title: string; description: string; height: number; body: Markup }): string {
  const { title, description, height, body } = content;
  const svg = markup`<svg xmlns="http://www.w3.org/2000/svg" width="${cardWidth}" height="${height}" viewBox="0 0 ${cardWidth} ${height}" role="img" font-family="${family}" xml:space="preserve">
<title>${title}</title>
<desc>${description}</desc>
<style>${trusted(styleSheet)}</style>
<rect x=".5" y=".5" width="${cardWidth - 1}" height="${height - 1}" rx="14" class="card" fill="${lightPalette.card}" stroke="${lightPalette.line}"/>
${body}</svg>
`;
  return svg.html;
}

const colours: readonly Colour[] = ['text', 'soft', 'accent', 'good', 'bad', 'warn'];

const styleSheet = `text{font-variant-numeric:tabular-nums}@media(prefers-color-scheme:dark){${[
  ...colours.map((name) => `.${name}{fill:${darkPalette[name]}}`),
  `.card{fill:${darkPalette.card};stroke:${darkPalette.line}}`,
  `.rule{stroke:${darkPalette.line}}`,
  `.hollow{stroke:${darkPalette.bad}}`,
].join('')}}`;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
