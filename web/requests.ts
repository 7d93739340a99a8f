import type { PageDetails } from '../src/contract/report-details.ts';
import { timelineFigure } from './chart/timeline.ts';
import { drawInto, figureElement, make } from './figure.ts';
import type { Figure } from './figure.ts';
import { say } from './language.ts';

interface OpenTimeline {
  readonly row: HTMLTableRowElement;
  readonly shown: HTMLTableRowElement;
  readonly content: HTMLElement;
}

/** Opens the timeline of a request below its row: by a click on the row, or by its button. */
export class RequestRows {
  readonly #details: PageDetails;
  readonly #open = new Map<HTMLTableRowElement, OpenTimeline>();

  constructor(details: PageDetails) {
    this.#details = details;
    for (const row of document.querySelectorAll<HTMLTableRowElement>('tr[data-request]')) this.#prepare(row);
  }

  #prepare(row: HTMLTableRowElement): void {
    const head = row.cells[0];
    if (head === undefined) return;
    const button = make('button', 'row-button', ...head.childNodes);
    button.setAttribute('type', 'button');
    button.setAttribute('aria-expanded', 'false');
    head.append(button);
    row.classList.add('can-open');
    row.addEventListener('click', () => this.#toggle(row));
  }

  #toggle(row: HTMLTableRowElement): void {
    const open = this.#open.get(row);
    row.querySelector('button')?.setAttribute('aria-expanded', String(open === undefined));
    if (open !== undefined) {
      open.shown.remove();
      this.#open.delete(row);
      return;
    }
    const content = make('td', 'timeline');
    content.setAttribute('colspan', String(row.cells.length));
    const shown = document.createElement('tr');
    shown.append(content);
    row.after(shown);
    const opened = { row, shown, content };
    this.#open.set(row, opened);
    this.#fill(opened);
  }

  #fill({ row, content }: OpenTimeline): void {
    const figure = this.#figureOf(row);
    if (figure === null) {
      content.replaceChildren(
        make(
          'p',
          'facts',
          say('This page has the timelines of at most 200 requests; that of this one is in records.jsonl.'),
        ),
      );
      return;
    }
    const element = figureElement(figure);
    content.replaceChildren(element);
    // As wide as what is seen of the table, which may scroll.
    element.style.width = `${Math.max(260, (row.closest('.scroll')?.clientWidth ?? 600) - 24)}px`;
    drawInto(element, figure);
  }

  #figureOf(row: HTMLTableRowElement): Figure | null {
    const timeline = this.#details.timelines[Number(row.dataset['timeline'] ?? NaN)];
    return timeline === undefined ? null : timelineFigure(row.dataset['request'] ?? '', timeline);
  }

  /** Makes what is open again: in another language, or for another width. */
  renew(): void {
    for (const open of this.#open.values()) this.#fill(open);
  }
}
