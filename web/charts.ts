import type { PageData } from '../src/contract/report-details.ts';
import { distributionFigures } from './chart/distribution.ts';
import { hardwareFigures } from './chart/hardware.ts';
import { loadFigures } from './chart/load.ts';
import { seriesFigures } from './chart/series.ts';
import { speedFigures } from './chart/speed.ts';
import { drawInto, figureElement, make } from './figure.ts';
import type { Figure } from './figure.ts';
import { say } from './language.ts';

interface Shown {
  readonly element: HTMLElement;
  readonly figure: Figure;
}

/** All charts that the data has something for, by groups. */
export class Charts {
  readonly #data: PageData;
  readonly #place: HTMLElement;
  #shown: readonly Shown[] = [];

  constructor(data: PageData, place: HTMLElement) {
    this.#data = data;
    this.#place = place;
  }

  /** Builds and draws them, in the language that is spoken. */
  build(): void {
    const { runs } = this.#data;
    const alone = runs.length === 1 ? runs[0] : undefined;
    const groups = [
      { title: say('Against context'), figures: [...speedFigures(runs), ...hardwareFigures(runs)] },
      { title: say('Against load'), figures: loadFigures(runs) },
      // Over one another these would be a tangle.
      { title: say('Distribution of times'), figures: alone === undefined ? [] : distributionFigures(alone) },
      { title: say('Over the run'), figures: alone === undefined ? [] : seriesFigures(alone) },
    ].filter(({ figures }) => figures.length > 0);
    const sections: HTMLElement[] = [];
    const shown: Shown[] = [];
    for (const { title, figures } of groups) {
      const made = figures.map((figure) => ({ figure, element: figureElement(figure) }));
      shown.push(...made);
      const grid = make('div', 'charts', ...made.map(({ element }) => element));
      sections.push(make('section', '', make('h2', '', title), grid));
    }
    this.#place.replaceChildren(...sections);
    this.#place.hidden = sections.length === 0;
    this.#shown = shown;
    this.redraw();
  }

  redraw(): void {
    for (const { element, figure } of this.#shown) drawInto(element, figure);
  }
}
