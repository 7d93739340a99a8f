import { expect, test } from 'vitest';

import type { RowBound } from '../../../src/contract/calibration.ts';
import type { Summary } from '../../../src/contract/summary.ts';
import { clientText } from '../../../src/report/client-notes.ts';
import { renderHtml } from '../../../src/report/html/render-html.ts';
import { renderTable } from '../../../src/report/table/render-table.ts';
import { loadSummary } from './load-fixture.ts';

const server: RowBound = {
  by: 'server',
  because: [],
  ttftShare: 0.004,
  gapShare: 0.0021,
  rateShare: 0.03,
  roundTripMs: 0.213,
  roundTripShare: 0.001,
};
const client: RowBound = { ...server, by: 'client', because: ['gap'], gapShare: 0.12, roundTripShare: null };

function withBounds(bounds: readonly (RowBound | null)[]): Summary {
  const summary = loadSummary();
  const [row] = summary.rows;
  if (row === undefined) throw new Error('a row');
  const rows = bounds.map((bound, place) => ({ ...row, cell: `row ${place}`, bound }));
  return { ...summary, rows, calibration: { takenAt: '2026-11-20T08:00:00.000Z', misfit: null } };
}

test('one line says who limits the rows, with the shares', () => {
  const summary = withBounds([server]);
  expect(clientText(summary)).toBe(
    "server-bound: the client's own share is at most 0.40 % of TTFT, 0.21 % of a token gap; " +
      'it used 3.0 % of the token rate that it can take; round trip 0.21 ms, beyond this machine 0.10 % of TTFT',
  );
  expect(renderTable(summary, { width: 400, colour: false })).toMatch(/^Client +server-bound: /m);
  expect(renderHtml(summary, null, null)).toContain('server-bound: ');
});

test('rows that differ are told apart, and what is not known is n/a', () => {
  expect(clientText(withBounds([server, client, null]))).toBe(
    "server-bound / client-bound / not judged: the client's own share is at most 0.40 / 0.40 / n/a % of TTFT, " +
      '0.21 / 12 / n/a % of a token gap; it used 3.0 / 3.0 / n/a % of the token rate that it can take; ' +
      'round trip 0.21 ms, beyond this machine 0.10 / n/a / n/a % of TTFT; row by row',
  );
});

test('without a calibration a load is told how to get one, a speed run and an engine in this process are not', () => {
  const bare = loadSummary();
  expect(clientText(bare)).toBe(
    'not judged: tokometer doctor --calibrate lets rows be told server-bound or client-bound',
  );
  expect(clientText({ ...bare, engine: { ...bare.engine, url: null } })).toBeNull();
  expect(clientText({ ...bare, rows: bare.rows.map((row) => ({ ...row, kind: 'speed' })) })).toBeNull();
});

test('a calibration of another machine is named for what it is', () => {
  const other = { ...loadSummary(), calibration: { takenAt: '2026', misfit: 'Node is another one' } };
  expect(clientText(other)).toBe('not judged: Node is another one (tokometer doctor --calibrate)');
});
