import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { RunPlan } from '../../../../src/contract/plan.ts';
import type { Summary } from '../../../../src/contract/summary.ts';
import { ticks } from '../../../../src/report/html/chart.ts';
import { renderHtml } from '../../../../src/report/html/render-html.ts';
import { styleSheet } from '../../../../src/report/html/style-sheet.ts';
import {
  fixtureEngine,
  fixturePlan,
  fixtureRequest,
  fixtureRows,
  fixtureSummary,
  troubledSummary,
  withRow,
} from '../summary-fixture.ts';
import { fixtureEnvironment } from '../environment-fixture.ts';

const page = (summary: Summary): string => renderHtml(summary, fixturePlan, fixtureEnvironment);

/** Opening and closing tags must pair up; void and self-closed ones stand alone. */
function unpairedTags(html: string): string[] {
  const open: string[] = [];
  const body = html.replaceAll(/<(style|script)[^>]*>[^]*?<\/\1>/g, '');
  for (const [, closing, name = '', selfClosed] of body.matchAll(/<(\/?)([a-z][a-z0-9]*)[^<>]*?(\/?)>/g)) {
    if (selfClosed === '/' || ['meta', 'br', 'link'].includes(name)) continue;
    if (closing === '') open.push(name);
    else if (open.pop() !== name) return [...open, `/${name}`];
  }
  return open;
}

test('the page answers first: model, state, sentence, table', () => {
  const html = wordsOf(page(fixtureSummary()));
  const order = [
    '<h1 translate="no">Qwen/Qwen2.5-7B-Instruct</h1>',
    'vLLM 0.32.0 · NVIDIA A100',
    'class="lead"',
    '<table>',
    '<svg',
    '<details>',
  ];
  const places = order.map((text) => html.indexOf(text));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(Math.min(...places)).toBeGreaterThan(0);
  expect(html).toContain('Generates <strong>84.39 ± 0.11 tokens/s</strong> with a prompt of 1 token');
  expect(html).toContain('<strong>70.25 ± 0.22</strong> with 30,720.');
  expect(html).toContain('The first token comes after 15 ms and 3.3 s.');
});

/** The page without its own script and data. */
function wordsOf(html: string): string {
  return html.replaceAll(/<script[^>]*>[^]*?<\/script>/g, '');
}

test('the page is one well-formed file without network', () => {
  for (const summary of [fixtureSummary(), troubledSummary(), fixtureSummary({ rows: [] })]) {
    const whole = page(summary);
    expect(whole.match(/<script/gi)).toHaveLength(2);
    expect(unpairedTags(whole)).toEqual([]);
    const html = wordsOf(whole);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|\sstyle=|javascript:|@import|url\(/i);
    expect([...html.matchAll(/(?:href|src)="([^"]*)"/g)].every(([, target = '']) => target.startsWith('#'))).toBe(true);
    const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  }
});

const hash = (text: string): string => createHash('sha256').update(text).digest('base64');

test('the policy forbids everything but this very style sheet and script', () => {
  const html = page(fixtureSummary());
  const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? '';
  const script = /<script>([^]*?)<\/script>/.exec(html)?.[1] ?? '';
  expect(script.length).toBeGreaterThan(100_000);
  const policy = `default-src 'none'; style-src 'sha256-${hash(style)}'; script-src 'sha256-${hash(script)}'; base-uri 'none'; form-action 'none'`;
  expect(html).toContain(`<meta http-equiv="Content-Security-Policy" content="${policy}">`);
});

test('language, title, viewport and header scopes are there', () => {
  const html = page(fixtureSummary());
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(html).toContain('<title>Qwen/Qwen2.5-7B-Instruct: speed benchmark</title>');
  expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
  expect(wordsOf(html).match(/<th(?=[\s>])(?![^>]*scope="(?:col|row)")/g)).toBeNull();
  expect(html.match(/<svg[^>]*role="img"[^>]*aria-labelledby=/g)).toHaveLength(3);
});

test('hostile text stays text, wherever it comes from', () => {
  const evil = `"><script>alert(1)</script>'&<img src=x onerror=alert(1)>\u0000\u001b[2J`;
  const outcome = { ...fixtureRequest().outcome, status: 'failed' as const, message: evil, finishReason: evil };
  const value = fixtureRows[0]?.values['ttft'];
  if (value === undefined) throw new Error('the fixture has a TTFT');
  const summary = fixtureSummary({
    model: evil,
    name: evil,
    tokometer: evil,
    startedAt: evil,
    directory: evil,
    machine: evil,
    warnings: [evil],
    advice: [{ id: evil, text: evil, hint: evil, rows: [] }],
    engine: {
      ...fixtureEngine,
      name: evil,
      version: evil,
      device: evil,
      dtype: evil,
      url: evil,
      notes: [evil],
      settings: { [evil]: evil },
    },
    rows: withRow(0, {
      valid: false,
      reasons: [evil],
      counts: { measured: 1, failed: 1, warmup: 0, planned: 2, executions: 1 },
      requests: [fixtureRequest({ outcome }), fixtureRequest({ outcome: { ...outcome, status: 'ok' } })],
      values: { ...fixtureRows[0]?.values, ttft: { ...value, label: evil, unit: evil, formula: evil, method: evil } },
    }),
  });
  const plan: RunPlan = {
    ...fixturePlan,
    model: evil,
    workload: { ...fixturePlan.workload, extraArguments: { [evil]: evil } },
  };
  const whole = renderHtml(summary, plan, { ...fixtureEnvironment, hostCpu: evil, os: evil, commandLine: [evil] });
  expect(whole.match(/<script/gi)).toHaveLength(2);
  const html = whole.replace(/<script>[^]*?<\/script>/, '');
  expect(html).not.toMatch(/<img/i);
  // oxlint-disable-next-line no-control-regex
  expect(html).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  expect(unpairedTags(html)).toEqual([]);
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;');
});

test('no secret reaches the page', () => {
  const engine = { ...fixtureEngine, url: 'http://user:hunter2@127.0.0.1:8000/v1/completions' };
  const html = page(fixtureSummary({ engine }));
  expect(html).not.toMatch(/sk-very-secret|private-team|hunter2/);
  expect(html).toContain('X-Team');
});

test('the page stays under 1.5 MB whatever the run was', () => {
  const message = 'x'.repeat(5000);
  const outcome = { ...fixtureRequest().outcome, status: 'failed' as const, failure: 'server-error' as const, message };
  const requests = Array.from({ length: 3000 }, (_, id) =>
    fixtureRequest({ id, outcome: { ...outcome, message: `${id} ${message}` } }),
  );
  const rows = fixtureRows.map((row) => ({ ...row, requests }));
  const summary = fixtureSummary({ rows, warnings: Array.from({ length: 500 }, (_, index) => `${index} ${message}`) });
  const extraArguments = { prompt: 'y'.repeat(500_000) };
  const html = renderHtml(
    summary,
    { ...fixturePlan, workload: { ...fixturePlan.workload, extraArguments } },
    {
      ...fixtureEnvironment,
      commandLine: ['z'.repeat(500_000)],
    },
  );
  expect(Buffer.byteLength(html)).toBeLessThan(1_200_000);
  expect(Buffer.byteLength(html.replaceAll(/<script[^>]*>[^]*?<\/script>/g, ''))).toBeLessThan(300_000);
  expect(html).toContain('2,900 more are in summary.json.');
});

test('a run with trouble says what before it shows numbers', () => {
  const html = page(troubledSummary());
  const head = html.slice(0, html.indexOf('<table>'));
  expect(head).toContain('stopped early: 9 of 12 requests');
  expect(head).toContain('not valid: the server counted 6145 prompt tokens, 6144 were asked for');
  expect(head).toContain('3 of 4 rows valid');
  expect(head).toContain('dummy weights');
  expect(head).toContain('scaled lengths');
});

test('where no row is valid nothing is praised', () => {
  const html = page(
    fixtureSummary({ rows: fixtureRows.map((row) => ({ ...row, valid: false, reasons: ['cache hit'] })) }),
  );
  expect(html).toContain('No row is valid: the figures below must not be quoted.');
  expect(wordsOf(html)).not.toContain('Generates');
});

test('a plan and an environment that are not known are left out', () => {
  const html = renderHtml(fixtureSummary(), null, null);
  expect(wordsOf(html)).not.toContain('Environment <small>');
  expect(unpairedTags(html)).toEqual([]);
});

test('charts start at zero, show intervals, and are left out for a single length', () => {
  const html = page(fixtureSummary());
  expect(html.match(/class="whisker"/g)).toHaveLength(12);
  expect(html).toContain(
    'Generated speed in tokens/s against prompt tokens: 84.39 at 1, 81.34 at 6,144, 77.08 at 14,336',
  );
  expect(html).toContain('text-anchor="end">0</text>');
  expect(page(fixtureSummary({ rows: fixtureRows.slice(0, 1) }))).not.toContain('<svg class="plain"');
  expect(page(troubledSummary())).toContain('class="not-valid"');
});

test.each([
  [84.5, [0, 25, 50, 75, 100]],
  [100, [0, 25, 50, 75, 100]],
  [3317, [0, 1000, 2000, 3000, 4000]],
  [0.3, [0, 0.1, 0.2, 0.3]],
  [0, [0, 1]],
])('the ticks up to %f', (highest, expected) => {
  expect(ticks(highest, 4)).toEqual(expected);
});

test('every text has the contrast of WCAG AA in light, dark and print', () => {
  const schemes = styleSheet.split(':root').slice(1);
  expect(schemes).toHaveLength(3);
  const light = coloursOf(schemes[0] ?? '');
  for (const scheme of schemes) {
    const colours = { ...light, ...coloursOf(scheme) };
    const on = (text: string, ground: string): number => contrast(colours[text] ?? '', colours[ground] ?? '');
    for (const ground of ['page', 'card', 'faint']) {
      for (const text of ['text', 'soft', 'accent', 'bad']) expect(on(text, ground)).toBeGreaterThanOrEqual(4.5);
    }
    for (const look of ['good', 'bad', 'warn', 'accent']) expect(on(look, `${look}-soft`)).toBeGreaterThanOrEqual(4.5);
  }
});

function coloursOf(css: string): Record<string, string> {
  return Object.fromEntries([...css.matchAll(/--([a-z-]+):#([0-9a-f]{3,6})/g)].map(([, name, hex]) => [name, hex]));
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// WCAG 2.2, relative luminance.
function luminance(hex: string): number {
  const long = hex.length === 3 ? hex.replaceAll(/./g, '$&$&') : hex;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const share = Number.parseInt(long.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
