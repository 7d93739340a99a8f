import * as Plot from '@observablehq/plot';

import type { PageDetails } from '../../src/contract/report-details.ts';
import { count, draw, number } from '../draw.ts';
import type { Figure } from '../figure.ts';
import { say } from '../language.ts';

export type Timeline = PageDetails['timelines'][number];

interface Read {
  readonly ms: number;
  readonly gapMs: number;
  readonly tokens: number;
  readonly tokensSoFar: number;
}

const reasons: Readonly<Record<Timeline['why'], string | null>> = {
  failed: 'one of those that failed',
  slowest: 'one of the slowest',
  median: 'one of those next to the median',
  other: null,
};

/** How the tokens of one request arrived: all of them over time, with the longest gap. */
export function timelineFigure(name: string, timeline: Timeline): Figure {
  const reads = readsOf(timeline);
  const first = reads[0];
  const endMs = timeline.endUs / 1000;
  const longest = reads.slice(1).toSorted((one, other) => other.gapMs - one.gapMs)[0];
  const why = reasons[timeline.why];
  const isThinned = timeline.reads > reads.length;
  const words = [
    ...(why === null ? [] : [say(why)]),
    ...(first === undefined ? [say('no token arrived')] : [say('first token after {} ms', number(first.ms))]),
    ...(longest === undefined
      ? []
      : [say('longest gap {} ms, before token {}', number(longest.gapMs), firstTokenOf(longest))]),
    say('end after {} ms', number(endMs)),
    ...(isThinned ? [say('{} of {} reads are shown', count(reads.length), count(timeline.reads))] : []),
  ];
  return {
    title: say('Tokens of request {}', name),
    unit: say('tokens that have arrived'),
    note: words.join('; '),
    told: words.join('; '),
    table: {
      heads: ['ms', say('tokens'), say('tokens so far'), say('ms since the read before')],
      rows: reads.map((read) => [number(read.ms), count(read.tokens), count(read.tokensSoFar), number(read.gapMs)]),
    },
    isWide: true,
    draw: (width) => drawReads(width, { reads, endMs, longest }),
  };
}

function firstTokenOf({ tokensSoFar, tokens }: Read): string {
  return count(tokensSoFar - tokens + 1);
}

function readsOf({ gapUs, tokens }: Timeline): Read[] {
  const reads: Read[] = [];
  let us = 0;
  let tokensSoFar = 0;
  for (const [index, gap] of gapUs.entries()) {
    us += gap;
    tokensSoFar += tokens[index] ?? 0;
    reads.push({ ms: us / 1000, gapMs: gap / 1000, tokens: tokens[index] ?? 0, tokensSoFar });
  }
  return reads;
}

function drawReads(
  width: number,
  { reads, endMs, longest }: { reads: readonly Read[]; endMs: number; longest: Read | undefined },
): SVGElement {
  const first = reads[0];
  const gaps = longest === undefined ? [] : [longest];
  return draw({
    width,
    height: 200,
    x: {
      domain: [0, endMs],
      label: say('ms since the request was sent'),
      labelAnchor: 'center',
      labelArrow: 'none',
      labelOffset: 34,
    },
    y: reads.length === 0 ? { domain: [0, 1] } : {},
    marks: [
      ...(first === undefined
        ? []
        : [
            Plot.rect([first], {
              x1: 0,
              x2: 'ms',
              y1: 0,
              y2: reads.at(-1)?.tokensSoFar ?? 1,
              fill: 'var(--soft)',
              fillOpacity: 0.12,
            }),
          ]),
      Plot.rect(gaps, {
        x1: (read: Read) => read.ms - read.gapMs,
        x2: 'ms',
        y1: 0,
        y2: reads.at(-1)?.tokensSoFar ?? 1,
        fill: 'var(--warn)',
        fillOpacity: 0.25,
      }),
      Plot.ruleY([0], { stroke: 'var(--soft)' }),
      Plot.lineY(reads, { x: 'ms', y: 'tokensSoFar', stroke: 'var(--accent)', curve: 'step-after', strokeWidth: 1.5 }),
      ...(reads.length > 150 ? [] : [Plot.dot(reads, { x: 'ms', y: 'tokensSoFar', r: 2, fill: 'var(--accent)' })]),
      Plot.tip(
        reads,
        Plot.pointerX({
          x: 'ms',
          y: 'tokensSoFar',
          title: (read: Read) => `${number(read.ms)} ms · ${count(read.tokensSoFar)} · +${number(read.gapMs)} ms`,
        }),
      ),
    ],
  });
}
