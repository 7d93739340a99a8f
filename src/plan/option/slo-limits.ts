import { closest, distance } from 'fastest-levenshtein';

import type { SloLimit } from '../../contract/plan.ts';
import type { Read, ValueType } from './value-types.ts';

const metrics = ['ttft', 'tpot', 'latency'] as const;
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000 };
const example = 'ttft<=500ms';
const farthest = 2;

/** Limits on times of a request: `ttft<=500ms`, `latency<10s`; several as several words, or with commas between. */
export const sloLimits = (): ValueType<readonly SloLimit[]> => ({
  name: 'limit',
  arity: 'many',
  jsonSchema: {
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
  },
  read: (input) => {
    const limits: SloLimit[] = [];
    for (const word of wordsOf(input)) {
      const result = readLimit(word);
      if ('problem' in result) return result;
      const { metric } = result.value;
      if (limits.some((one) => one.metric === metric)) return { problem: `has two limits of ${metric}: give one` };
      limits.push(result.value);
    }
    return limits.length === 0 ? { problem: `needs a limit such as ${example}` } : { value: limits };
  },
});

function wordsOf(input: unknown): string[] {
  const items: readonly unknown[] = Array.isArray(input) ? input : [input];
  return items.flatMap((item) => textOf(item).split(',')).filter((word) => word.trim() !== '');
}

// Programs give limits as plans have them.
function textOf(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  const part = (name: string): string => String(Reflect.get(item, name));
  return `${part('metric')}${part('operator')}${part('limitMs')}ms`;
}

function readLimit(word: string): Read<SloLimit> {
  const match = /^\s*([a-z][\w-]*)\s*(\S*?)\s*(\d+(?:\.\d+)?|\.\d+)\s*([^\d\s]*)\s*$/i.exec(word);
  if (match === null) return { problem: `needs limits such as ${example}, got "${word}"` };
  const [, name = '', operator = '', number = '', unit = ''] = match;
  const metric = metrics.find((one) => one === name.toLowerCase());
  if (metric === undefined) return { problem: `has limits on ttft, tpot or latency, got "${word}"${nearest(name)}` };
  if (operator !== '<=' && operator !== '<') {
    return { problem: `needs <= or < between a time and its limit, such as ${example}, got "${word}"` };
  }
  const limitMs = Number(number) * (unitsMs[unit] ?? NaN);
  return limitMs > 0
    ? { value: { metric, operator, limitMs } }
    : { problem: `needs a limit above 0 in ms or s, such as ${example}, got "${word}"` };
}

function nearest(name: string): string {
  const wanted = name.toLowerCase();
  if (wanted === 'itl') return ': a request has many gaps, and tpot is their mean';
  if (wanted.startsWith('e2e')) return ': did you mean latency?';
  const found = closest(wanted, [...metrics]);
  return distance(wanted, found) <= farthest ? `: did you mean ${found}?` : '';
}
