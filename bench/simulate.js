// Do the intervals cover, and does compare say what is true? Simulated data with a known truth, through the product's own functions.
//
//   npm run build && node bench/simulate.js [--trials 4000] [--seed text] [--output bench/results/simulation.json]
//
// Prints a table, writes the same as JSON, and ends with 1 when a claim does not hold. The same seed gives the same output.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { seededRandom } from '../dist/base/random.js';
import { compareSummaries } from '../dist/metrics/comparison/compare-summaries.js';
import { startInterval, startRateInterval } from '../dist/stats/start-interval.js';
import * as populations from './simulate/populations.js';
import { summaryOf } from './simulate/summaries.js';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '4000' },
    seed: { type: 'string', default: 'tokometer' },
    output: { type: 'string', default: path.join(import.meta.dirname, 'results', 'simulation.json') },
  },
});
const trials = Number(values.trials);
const { normalTimes, skewedTimes, driftingTimes, wanderingTimes, twoLevelTimes, precisionStopped } = populations;

const covers = { low: 0.93, high: 0.97 };
const twoLevel = { between: 0.01, within: 0.01, repetitions: 3 };
const coverageCases = [
  ['normal, n = 3', normalTimes(3, 0.03), covers],
  ['normal, n = 5', normalTimes(5, 0.03), covers],
  ['normal, n = 10 (bootstrap-t)', normalTimes(10, 0.03), covers],
  ['normal, n = 30 (bootstrap-t)', normalTimes(30, 0.03), covers],
  ['two levels, 2 starts x 3', twoLevelTimes({ ...twoLevel, executions: 2 }), covers],
  ['two levels, 3 starts x 3', twoLevelTimes({ ...twoLevel, executions: 3 }), covers],
  ['two levels, 5 starts x 3', twoLevelTimes({ ...twoLevel, executions: 5 }), covers],
  [
    'two levels, 1 start x 9 (other starts are not covered)',
    twoLevelTimes({ ...twoLevel, executions: 1, repetitions: 9 }),
    null,
  ],
  ['skewed (lognormal, sigma 0.5), n = 5', skewedTimes(5, 0.5), null],
  ['skewed (lognormal, sigma 0.5), n = 10 (bootstrap-t)', skewedTimes(10, 0.5), null],
  ['skewed (lognormal, sigma 0.5), n = 30 (bootstrap-t)', skewedTimes(30, 0.5), null],
  ['drifting by 3 %, noise 1 %, n = 5', driftingTimes(5, { drift: 0.03, deviation: 0.01 }), null],
  ['wandering, correlation 0.8, n = 5', wanderingTimes(5, { correlation: 0.8, deviation: 0.02 }), null],
  [
    'stopped by precision 2 %, noise 3 %, n = 3 to 10',
    precisionStopped({ deviation: 0.03, precision: 0.02, from: 3, most: 10, interval: startInterval }),
    null,
  ],
];

// A noise of 1 % is the deviation of a single pass, half of its variance between starts and half within.
const noise = (share) => ({ between: share / Math.SQRT2, within: share / Math.SQRT2 });
const side = (executions, share, mean = 1) => twoLevelTimes({ executions, repetitions: 3, ...noise(share), mean });
const wrong = { low: 0, high: 0.05 };
const compareCases = [
  ['equal, noise 1 %, 3 starts x 3', { base: side(3, 0.01), candidate: side(3, 0.01) }, 'faster or slower', wrong],
  ['equal, noise 5 %, 3 starts x 3', { base: side(3, 0.05), candidate: side(3, 0.05) }, 'faster or slower', wrong],
  ['equal, noise 5 %, 5 starts x 3', { base: side(5, 0.05), candidate: side(5, 0.05) }, 'faster or slower', wrong],
  [
    'equal, noise 5 %, 3 starts x 3, any of 8 cells',
    { base: side(3, 0.05), candidate: side(3, 0.05), cells: 8 },
    'faster or slower',
    wrong,
  ],
  [
    '5 % slower, noise 1 %, 3 starts x 3',
    { base: side(3, 0.01), candidate: side(3, 0.01, 1.05) },
    'slower',
    { low: 0.95, high: 1 },
  ],
  ['5 % slower, noise 1 %, 2 starts x 3', { base: side(2, 0.01), candidate: side(2, 0.01, 1.05) }, 'slower', null],
  ['2 % slower, noise 1 %, 3 starts x 3', { base: side(3, 0.01), candidate: side(3, 0.01, 1.02) }, 'slower', null],
  [
    '5 % slower, noise 1 %, 1 start x 3',
    { base: side(1, 0.01), candidate: side(1, 0.01, 1.05) },
    'faster or slower',
    { low: 0, high: 0 },
  ],
  [
    '5 % slower, noise 1 %, 1 start x 3',
    { base: side(1, 0.01), candidate: side(1, 0.01, 1.05) },
    'differs within these starts',
    null,
  ],
].map(([name, sides, verdict, claim]) => ({ name, sides, verdict, claim }));

const results = [
  ...coverageCases.map(([name, draw, claim]) => result(name, 'interval covers the truth', claim, coverage(draw, name))),
  ...compareCases.map(({ name, sides, verdict, claim }) =>
    result(name, saying(verdict), claim, said(name, sides, verdict)),
  ),
];
console.log(table(results));
mkdirSync(path.dirname(values.output), { recursive: true });
writeFileSync(values.output, `${JSON.stringify({ v: 1, seed: values.seed, trials, results }, null, 2)}\n`);
const missed = results.filter(({ holds }) => holds === false);
for (const { name, what, share } of missed) console.error(`does not hold: ${name}: ${what} in ${percent(share)}`);
process.exitCode = missed.length === 0 ? 0 : 1;

// The interval of the speed covers the truth exactly where that of the time does; both are asked.
function coverage(draw, name) {
  const normal = populations.normalOf(seededRandom(`${values.seed} ${name}`));
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const samples = draw(normal);
    const times = startInterval(samples, 0.95);
    const rates = startRateInterval(samples, 0.95);
    const ofTime = times.low <= 1 && times.high >= 1;
    if (rates !== null && ofTime !== (rates.low <= 1 && rates.high >= 1))
      throw new Error(`${name}: time and rate disagree`);
    if (ofTime) covered++;
  }
  return covered / trials;
}

function said(name, { base, candidate, cells = 1 }, verdict) {
  const normal = populations.normalOf(seededRandom(`${values.seed} ${name}`));
  const wanted = verdict === 'faster or slower' ? ['faster', 'slower'] : [verdict];
  let count = 0;
  for (let trial = 0; trial < trials; trial++) {
    const [one, other] = [base, candidate].map((draw) => summaryOf(Array.from({ length: cells }, () => draw(normal))));
    const compared = compareSummaries(one, other).cells.flatMap((cell) => cell.values);
    if (compared.some((value) => wanted.includes(value.verdict))) count++;
  }
  return count / trials;
}

/** @param {any} verdict */
function saying(verdict) {
  return `compare says ${verdict}`;
}

function result(name, what, claim, share) {
  return { name, what, share, claim, holds: claim === null ? null : share >= claim.low && share <= claim.high };
}

function table(rows) {
  const lines = rows.map(({ name, what, share, claim, holds }) => {
    const wanted = claim === null ? '' : `${percent(claim.low)} to ${percent(claim.high)}`;
    return `| ${name} | ${what} | ${percent(share)} | ${wanted} | ${holds === null ? '' : holds ? 'yes' : 'NO'} |`;
  });
  return ['| data | what | share | claimed | holds |', '| --- | --- | ---: | ---: | --- |', ...lines].join('\n');
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
