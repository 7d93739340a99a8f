/** Text of a picture, whose width nobody can measure: it is taken for a little wider than common fonts draw it. */
import { oneLine } from '../../base/escape.ts';
import { columnsOf, cutToWidth, widthBy, wrapToWidth } from '../table/text-layout.ts';

/** A font by its size; bold letters are broader. */
export interface Font {
  readonly size: number;
  readonly weight?: 400 | 600 | 700;
}

const thin = /[ ijlI.,:;'|!]/;
const narrow = /[tfr()[\]/\\·-]/;
const broad = /[mwMW@%…—→✗]/;
const capital = /\p{Lu}/u;

// In parts of the font size.
function emOf(character: string): number {
  const columns = columnsOf(character);
  if (columns !== 1) return columns * 0.55;
  if (thin.test(character)) return 0.34;
  if (narrow.test(character)) return 0.43;
  if (broad.test(character)) return 1;
  return capital.test(character) ? 0.78 : 0.645;
}

const boldFactor = 1.13;

function emSize({ size, weight = 400 }: Font): number {
  return weight === 400 ? size : size * boldFactor;
}

/** What a text takes at most, in the unit of the font size. */
export function widthOf(text: string, font: Font): number {
  return widthBy(text, emOf) * emSize(font);
}

/** The text, cut with an ellipsis where it may take more than `width`. */
export function cut(text: string, font: Font, width: number): string {
  return cutToWidth(text, width / emSize(font), emOf);
}

/** At most `most` lines within `width`; the last one ends in an ellipsis where there was more. */
export function wrap(text: string, font: Font, { width, most }: { width: number; most: number }): string[] {
  const lines = wrapToWidth(text, width / emSize(font), emOf);
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cut(lines.slice(most - 1).join(' '), font, width)];
}

/** One line without what XML has no place for, and without marks that turn the direction of the text around it. */
export function safeLine(text: string, length = 300): string {
  return oneLine(text.replaceAll(/[\p{Cs}\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ''), length);
}
