import type { ComparedValue, Verdict } from '../../contract/comparison.ts';
import type { SummaryValue } from '../../contract/summary.ts';
import { adjustForFalseDiscovery } from '../../stats/false-discovery.ts';
import { ratioOfMeans } from '../../stats/ratio-of-means.ts';
import { independentSamples } from '../../stats/start-interval.ts';
import type { StartSample } from '../../stats/start-interval.ts';
import { unitTime } from '../../stats/unit-time.ts';
import { level } from '../aggregate.ts';

/** A change that is smaller is not called one, however sure it is. */
export const minimumEffect = 0.01;

/**
 * Of all verdicts of a change, the share that may be false. Below the 5 in 100 that are promised, because Welch's degrees of
 * freedom are themselves an estimate.
 */
export const falseDiscoveryRate = 0.04;

/** Times and speeds: what can be faster. */
const speedUnits = new Set(['ms', 'tokens/s', 'requests/s']);

// Opening a connection and a late client are no speed of a model.
const told = new Set(['connect_time', 'send_delay']);

/** A metric on both sides, before false discoveries are controlled; `blockedBy`: why no verdict can be given. */
export function compareValues(base: SummaryValue, candidate: SummaryValue, blockedBy: string | null): ComparedValue {
  const { id, label, unit, better, formula } = base;
  const [one, other] = [base.value ?? NaN, candidate.value ?? NaN];
  const ratio = one === 0 || other === 0 ? null : other / one;
  const isSpeed = speedUnits.has(unit) && better !== 'neither' && !told.has(id);
  const compared = {
    id,
    label,
    unit,
    better,
    formula,
    ratio,
    base: sideOf(base),
    candidate: sideOf(candidate),
    interval: null,
    pValue: null,
    adjustedPValue: null,
  };
  if (!isSpeed) return { ...compared, verdict: null, reason: 'no speed: only its values are told' };
  if (blockedBy !== null) return { ...compared, verdict: 'not comparable', reason: blockedBy };
  if (ratio === null || ratio < 0) return { ...compared, verdict: 'no evidence', reason: 'a value is 0' };
  const [baseTime, candidateTime] = [base, candidate].map((value) =>
    unitTime(independentSamples(samplesOf(value)).samples),
  );
  if (baseTime == null || candidateTime == null) {
    const side = baseTime == null ? (candidateTime == null ? 'both sides have' : 'the base has') : 'the candidate has';
    return { ...compared, verdict: 'no evidence', reason: `${side} one value, which tells nothing of its scatter` };
  }
  const isRate = unit !== 'ms';
  const [from, to] = isRate ? [candidateTime, baseTime] : [baseTime, candidateTime];
  const found = ratioOfMeans(from, to, level);
  // The interval is laid around the ratio of the values that are shown; for passes of equal work the two are one.
  const shift = ratio / found.ratio;
  const starts = Math.min(compared.base.executions, compared.candidate.executions);
  const interval = {
    low: found.low * shift,
    high: found.high * shift,
    level,
    method: "Welch's t on logarithms of mean times",
    covers: starts > 1 ? ('executions' as const) : ('repetitions' as const),
  };
  return { ...compared, interval, pValue: found.pValue, verdict: 'no evidence', reason: 'not judged yet' };
}

/** Gives the verdicts, once all tests of a comparison are known. */
export function judge(values: readonly ComparedValue[]): ComparedValue[] {
  const tested = values.filter(({ pValue }) => pValue !== null);
  const adjusted = adjustForFalseDiscovery(tested.map(({ pValue }) => pValue ?? 1));
  const judged = new Map(tested.map((value, place) => [value, verdictOf(value, adjusted[place] ?? 1)]));
  return values.map((value) => judged.get(value) ?? value);
}

function verdictOf(value: ComparedValue, adjustedPValue: number): ComparedValue {
  const change = (value.ratio ?? 1) - 1;
  const say = (verdict: Verdict, reason: string): ComparedValue => ({ ...value, adjustedPValue, verdict, reason });
  if (Math.abs(change) < minimumEffect) {
    const { low = 0, high = Infinity } = value.interval ?? {};
    const isNarrow = low > 1 - minimumEffect && high < 1 + minimumEffect;
    return say('no evidence', isNarrow ? 'equal within 1 %' : 'the change is below 1 %');
  }
  if (adjustedPValue > falseDiscoveryRate) return say('no evidence', 'the scatter explains the change');
  if (value.base.executions < 2 || value.candidate.executions < 2) {
    return say('differs within these starts', 'a side has one start of its engine: another may differ as much');
  }
  const isBetter = value.better === 'higher' ? change > 0 : change < 0;
  return say(
    isBetter ? 'faster' : 'slower',
    `holds over ${value.base.executions} and ${value.candidate.executions} starts`,
  );
}

// The samples of a rate are turned into times of one unit; with the same work in each pass that loses nothing.
function samplesOf({ raw, executions, unit }: SummaryValue): StartSample[] {
  return raw.flatMap((value, place) => {
    if (value <= 0) return [];
    return [{ amount: 1, time: unit === 'ms' ? value : 1 / value, execution: executions[place] ?? 1 }];
  });
}

function sideOf({ value, n, executions }: SummaryValue): ComparedValue['base'] {
  return { value: value ?? NaN, n, executions: Math.max(1, new Set(executions).size) };
}
