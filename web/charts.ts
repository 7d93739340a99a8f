import type { PageData, PageRun } from '../src/contract/report-details.ts';
import { distributionFigures } from './chart/distribution.ts';
import { hardwareFigures } from './chart/hardware.ts';
import { loadFigures } from './chart/load.ts';
import { noiseTexts, seriesFigures } from './chart/series.ts';
import { speedFigures } from './chart/speed.ts';
import { drawInto, figureElement, make } from './figure.ts';
import type { Figure } from './figure.ts';
import { say } from './language.ts';

interface Group {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes?: readonly HTMLElement[];
}

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
    const groups: readonly Group[] = [
      { title: say('Against context'), figures: [...speedFigures(runs), ...hardwareFigures(runs)] },
      { title: say('Against load'), figures: loadFigures(runs) },
      // Over one another these would be a tangle.
      { title: say('Distribution of times'), figures: alone === undefined ? [] : distributionFigures(alone) },
      {
        title: say('Over the run'),
        figures: alone === undefined ? [] : seriesFigures(alone),
        notes: alone === undefined ? [] : seriesNotes(alone),
      },
    ].filter(({ figures }) => figures.length > 0);
    const sections: HTMLElement[] = [];
    const shown: Shown[] = [];
    for (const { title, figures, notes = [] } of groups) {
      const made = figures.map((figure) => ({ figure, element: figureElement(figure) }));
      shown.push(...made);
      const grid = make('div', 'charts', ...made.map(({ element }) => element));
      sections.push(make('section', '', make('h2', '', title), ...notes, grid));
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

function seriesNotes(run: PageRun): HTMLElement[] {
  const strip = make('p', 'facts', say('Strip above a chart: its rows, pale while they warm up.'));
  const noise = noiseTexts(run);
  if (noise.length === 0) return [strip];
  // What was seen is told in the words of the summary.
  const texts = make('ul', 'facts', ...noise.map((text) => make('li', '', text)));
  texts.lang = 'en';
  return [strip, make('p', 'facts', say('Tinted rows were disturbed:')), texts];
}
