import { say } from './language.ts';

/** A chart with all that a reader needs who doesn't see it. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  /** Further words of the caption. */
  readonly note?: string;
  /** Words of others, which stay in their language. */
  readonly said?: string;
  /** The main numbers in a sentence. */
  readonly told: string;
  readonly legend?: readonly LegendEntry[];
  /** What is drawn, as a table. */
  readonly table: { readonly heads: readonly string[]; readonly rows: readonly (readonly string[])[] };
  /** The whole width of the page. */
  readonly isWide?: boolean;
  readonly draw: (width: number) => SVGElement;
}

export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly isDashed?: boolean;
}

const namespace = 'http://www.w3.org/2000/svg';
const mostRows = 60;

/** The figure as an element, still without its drawing. */
export function figureElement(figure: Figure): HTMLElement {
  const element = make('figure', figure.isWide === true ? 'wide' : '');
  const caption = make('figcaption', '', make('b', '', figure.title), captionText(figure));
  if (figure.said !== undefined && figure.said !== '') caption.append('; ', othersWords(figure.said));
  if (figure.legend !== undefined && figure.legend.length > 0) caption.append(legendElement(figure.legend));
  element.append(caption, make('div', 'drawing'), tableElement(figure));
  return element;
}

/** Draws, or draws again for another width. */
export function drawInto(element: HTMLElement, figure: Figure): void {
  const place = element.querySelector('.drawing');
  if (place === null) return;
  const width = Math.max(240, Math.round(place.clientWidth || 480));
  const svg = figure.draw(width);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `${figure.title} (${figure.unit}): ${figure.told}`);
  for (const part of svg.children) part.setAttribute('aria-hidden', 'true');
  place.replaceChildren(svg);
}

function captionText({ unit, note }: Figure): string {
  return note === undefined ? unit : `${unit}; ${note}`;
}

function othersWords(text: string): HTMLElement {
  const element = make('span', '', text);
  element.lang = 'en';
  return element;
}

function legendElement(entries: readonly LegendEntry[]): HTMLElement {
  const items = entries.map(({ label, colour, isDashed = false }) => {
    const line = document.createElementNS(namespace, 'svg');
    const stroke = document.createElementNS(namespace, 'line');
    for (const [name, value] of Object.entries({ x1: 0, x2: 18, y1: 5, y2: 5, 'stroke-width': 2.5, stroke: colour }))
      stroke.setAttribute(name, String(value));
    if (isDashed) stroke.setAttribute('stroke-dasharray', '4 3');
    line.setAttribute('viewBox', '0 0 18 10');
    line.setAttribute('aria-hidden', 'true');
    line.append(stroke);
    return make('span', '', line, label);
  });
  return make('span', 'legend', ...items);
}

function tableElement({ title, table }: Figure): HTMLElement {
  const details = make('details', 'numbers', make('summary', '', say('Numbers')));
  const head = make('tr', '', ...table.heads.map((text) => cell('th', text, 'col')));
  const rows = spread(table.rows).map((row) =>
    make('tr', '', ...row.map((text, place) => (place === 0 ? cell('th', text, 'row') : cell('td', text)))),
  );
  const scroll = make('div', 'scroll', make('table', '', make('thead', '', head), make('tbody', '', ...rows)));
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'region');
  scroll.setAttribute('aria-label', `${title}: ${say('Numbers')}`);
  details.append(scroll);
  return details;
}

function cell(name: 'th' | 'td', text: string, scope?: string): HTMLElement {
  const element = make(name, '', text);
  if (scope !== undefined) element.setAttribute('scope', scope);
  return element;
}

// A curve of hundreds of points is read by a sample of them, its ends among it.
function spread<Row>(rows: readonly Row[]): readonly Row[] {
  const every = Math.ceil(rows.length / mostRows);
  return every <= 1 ? rows : rows.filter((_, index) => index % every === 0 || index === rows.length - 1);
}

/** An element with a class and its children; texts become text. */
export function make(name: string, classes: string, ...children: readonly (Node | string)[]): HTMLElement {
  const element = document.createElement(name);
  if (classes !== '') element.className = classes;
  element.append(...children);
  return element;
}
