/**
 * What a report draws beside the summary. Records come in one by one while a run is summarised; points of charts go out, few
 * whatever the run was. Nothing here is a figure that people quote: those are in the summary.
 */
import type { CellPlan } from '../../contract/plan.ts';
import type { RequestRecord } from '../../contract/record.ts';
import type { ReportDetails } from '../../contract/report-details.ts';
import { rooflineOf } from '../roofline.ts';
import type { RunTally } from '../run-tally.ts';
import type { RunFacts } from '../summarize.ts';
import { unknownEngine } from '../unknown-engine.ts';
import { distributions } from './distributions.ts';
import { hardwareLines } from './hardware-lines.ts';
import { machineSeries } from './machine-series.ts';
import { passSpans, requestSeries } from './request-series.ts';
import { TimelineChoice } from './timelines.ts';
import { TokenBins } from './token-bins.ts';

/** Takes the records of a run one by one, beside a `RunTally`. */
export class DetailsTally {
  readonly #timelines: TimelineChoice;
  readonly #tokens = new TokenBins();

  constructor(cells: readonly CellPlan[]) {
    this.#timelines = new TimelineChoice(cells);
  }

  add(record: RequestRecord): void {
    this.#timelines.add(record);
    this.#tokens.add(record);
  }

  /** `tally`: of the same records. */
  details(run: RunFacts, tally: RunTally): ReportDetails {
    const cells = tally.cells();
    const engine = run.engine ?? unknownEngine(run.plan);
    const tokens = this.#tokens.series();
    return {
      timelines: this.#timelines.timelines(),
      distributions: distributions(cells),
      series: [...(tokens === null ? [] : [tokens]), ...requestSeries(cells), ...machineSeries(run.telemetry ?? [])],
      spans: passSpans(cells),
      hardware: hardwareLines(cells, { roofline: rooflineOf(run.plan, engine), engine }),
    };
  }
}
