import { expect, test } from 'vitest';
import { render } from '../../../src/report/render.ts';
import { fixturePlan, fixtureSummary } from './summary-fixture.ts';

test('one door for the three forms, each ending in a line break', () => {
  const summary = fixtureSummary();
  expect(render(summary, 'table')).toMatch(/^Speed Benchmark Results:\n[^]*\n$/);
  expect(render(summary, 'table', { colour: true })).toContain('\u001b[1m');
  expect(render(summary, 'html', { plan: fixturePlan })).toMatch(/^<!doctype html>[^]*Plan[^]*<\/html>\n$/);
  expect(JSON.parse(render(summary, 'json'))).toEqual(summary);
});
