import type { Advice } from '../../contract/summary.ts';
import type { AdviceFacts } from './rule.ts';

/** The server decodes speculatively, and drafts of random ids are accepted at a rate of their own. */
export function speculative({ engine, workload, rows }: AdviceFacts): Advice | null {
  const how = engine.settings['speculativeDecoding'];
  if (typeof how !== 'string' || workload?.method === 'fixed-text') return null;
  return {
    id: 'speculative-decoding',
    text:
      `the server decodes speculatively (${how}), and prompts are random: how many of its drafts are accepted says nothing of ` +
      'real text, and so does the decode speed',
    hint: 'start the server without speculative decoding for the speed of the model, or send real text with --prompt',
    rows: rows.map(({ cell }) => cell),
  };
}
