import { describe, expect, test } from 'vitest';

import type { Summary, SummaryRow } from '../../../../src/contract/summary.ts';
import { render } from '../../../../src/report/render.ts';
import { loadSummary, openLoopSummary } from '../load-fixture.ts';
import { fixtureRows, fixtureSummary, troubledSummary, withRow } from '../summary-fixture.ts';

const card = (summary: Summary): string => render(summary, 'card');

/** Its texts, in the order in which they are drawn. */
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');

const manyRows = (count: number): SummaryRow[] =>
  Array.from({ length: count }, (_, place) => {
    const row = fixtureRows[place % fixtureRows.length];
    if (row === undefined) throw new Error('four rows');
    return { ...row, cell: `r${place}` };
  });

describe('the card of a speed run', () => {
  test('says model, engine, machine, version and date, and each number as the table has it', () => {
    const summary = fixtureSummary();
    const texts = textsOf(card(summary));
    expect(texts).toEqual(
      expect.arrayContaining([
        'Qwen/Qwen2.5-7B-Instruct',
        'vLLM 0.32.0 · NVIDIA A100-SXM4-80GB · bfloat16',
        'Intel Xeon Gold 6338, 64 cores, 503 GiB, Linux 6.8',
        '4 of 4 rows valid',
        '2026-11-21',
        'Tokometer 0.1.0',
      ]),
    );
    const table = render(summary, 'table', { width: 120 });
    for (const number of ['84.39', '± 0.11', '77.08', '± 0.35', '550.2', '± 4.1']) {
      expect(texts).toContain(number);
      expect(table).toContain(number);
    }
    expect(texts.filter((text) => text === 'valid')).toHaveLength(4);
  });

  test('a row that is not valid looks so, and says why', () => {
    const svg = card(troubledSummary());
    const texts = textsOf(svg);
    expect(texts).toEqual(
      expect.arrayContaining([
        'stopped early · 3 of 4 rows valid · dummy weights · scaled lengths',
        '✗ 6,144',
        'not valid ¹',
        'not valid: the server counted 6145 prompt tokens, 6144 were asked for',
        'stopped early: 9 of 12 requests; what was measured is shown',
      ]),
    );
    expect(svg.match(/class="hollow"/g)).toHaveLength(1);
    expect(svg.match(/<desc>([^<]*)/)?.[1]).toMatch(
      /Prompt ✗ 6,144 \(not valid\): .*¹ Prompt 6,144: not valid: the server/,
    );
  });

  test('a row that was measured beside other load says so at its number, without advice for whoever ran it', () => {
    const noise = [{ reason: 'foreign CPU load' as const, text: 'others used 0.98 of a core' }];
    const advice = {
      id: 'foreign-cpu-load',
      text: 'foreign CPU load: others used 0.98 of a core.',
      hint: 'stop what else runs on this machine',
      rows: ['p6144'],
    };
    const svg = card(fixtureSummary({ rows: withRow(1, { noise }), advice: [advice] }));
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(['4 of 4 rows valid · 1 disturbed', 'disturbed ¹', '¹ Prompt 6,144', advice.text]),
    );
    expect(svg).not.toContain('stop what else');
  });

  test('a row whose numbers the server contradicts is told to be doubtful', () => {
    const text = 'The client and the server disagree: TTFT 15 ms here, 9 ms by the clock of the server.';
    const texts = textsOf(
      card(fixtureSummary({ advice: [{ id: 'server-gap', text, hint: 'measure there', rows: ['p1', 'p30720'] }] })),
    );
    expect(texts).toEqual(expect.arrayContaining(['4 of 4 rows valid · 2 doubtful', '¹ Prompt 1, 30,720', text]));
    expect(texts.filter((one) => one === 'doubtful ¹')).toHaveLength(2);
  });

  test('of many rows the first eight are shown, and the rest counted', () => {
    expect(textsOf(card(fixtureSummary({ rows: manyRows(8) })))).not.toContain('and 1 more row in report.html');
    expect(textsOf(card(fixtureSummary({ rows: manyRows(9) })))).toContain('and 1 more row in report.html');
    const texts = textsOf(card(fixtureSummary({ rows: manyRows(20) })));
    expect(texts).toContain('and 12 more rows in report.html');
    expect(texts.filter((text) => text === 'valid')).toHaveLength(8);
  });

  test('of many notes the gravest are shown, and the rest counted', () => {
    const rows = manyRows(8).map((row, place) => ({
      ...row,
      valid: place !== 7,
      reasons: place === 7 ? ['it lied'] : [],
    }));
    const warnings = Array.from({ length: 9 }, (_, place) => `warning ${place}`);
    const texts = textsOf(card(fixtureSummary({ rows, warnings })));
    expect(texts).toContain('not valid: it lied');
    expect(texts).toContain('4 more notes are in report.html');
  });

  test('without a row it says so', () => {
    expect(textsOf(card(fixtureSummary({ rows: [], state: 'partial' })))).toEqual(
      expect.arrayContaining(['No row was measured.', 'stopped early · 0 of 0 rows valid']),
    );
  });

  test('an estimate is never taken for a measurement', () => {
    const [first] = fixtureRows;
    const time = first?.values['ttft'];
    if (first === undefined || time === undefined) throw new Error('a row with a time');
    const rows = [1, 6144].map((promptTokens) => ({
      cell: `e${promptTokens}`,
      promptTokens,
      outputTokens: 2048,
      values: first.values,
      beyondMeasured: promptTokens === 1 ? 1 : 2.5,
    }));
    const estimate = { reason: null, rows, laws: [], measuredTime: time, fullTime: time };
    const texts = textsOf(card(fixtureSummary({ estimate })));
    expect(texts).toContain('ESTIMATE, not measured: predicted from shorter requests');
    expect(texts).toContain('6,144 *');
    expect(texts.filter((text) => text === 'estimated')).toHaveLength(2);
    expect(texts).not.toContain('valid');
  });
});

describe('the card of a load', () => {
  test('has throughput and the percentiles of TTFT and TPOT of each row', () => {
    const texts = textsOf(card(loadSummary()));
    for (const head of ['In flight', 'Output', 'Requests', 'TTFT p50', 'TTFT p99', 'TPOT p50', 'TPOT p99']) {
      expect(texts).toContain(head);
    }
    expect(texts).not.toContain('Failed');
    const lines = render(loadSummary(), 'table', { width: 160 }).split('\n');
    const ofTimes =
      lines
        .filter((line) => /^│ +512 /.test(line))
        .at(-1)
        ?.split(/[│\s]+/) ?? [];
    for (const place of [3, 5]) expect(texts).toContain(ofTimes[place]);
  });

  test('counts what failed', () => {
    const texts = textsOf(card(loadSummary(3)));
    expect(texts.filter((text) => text === 'Failed')).toHaveLength(1);
    expect(texts.filter((text) => text === '3')).toHaveLength(3);
  });

  test('of an open loop names the rates', () => {
    expect(textsOf(card(openLoopSummary()))).toEqual(expect.arrayContaining(['Rate', '20 req/s', '64 req/s']));
  });
});

describe('what comes from outside', () => {
  const hostile = '</text><script>alert(1)</script>&lt;\u0000\u001b[31m\ufffe\ud800\u202eevil"\'';

  test('is text, and nothing that XML has no place for', () => {
    const engine = { ...fixtureSummary().engine, name: hostile, version: hostile, device: hostile };
    const svg = card(
      fixtureSummary({
        model: hostile,
        machine: hostile,
        startedAt: hostile,
        tokometer: hostile,
        engine,
        rows: withRow(0, { valid: false, reasons: [hostile] }),
        warnings: [hostile],
      }),
    );
    expect(svg).not.toMatch(/<script|<\/text><\/|\ufffe|\u202e/);
    expect(svg.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(svg).not.toMatch(/\p{Cs}/u);
    expect(svg).toContain('&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;');
  });

  test('is shortened', () => {
    const texts = textsOf(card(fixtureSummary({ model: 'organisation/model-'.repeat(30) })));
    expect(texts.find((text) => text.startsWith('organisation/'))).toMatch(/^.{40,70}…$/);
  });
});

test('it asks nothing of a network and runs nothing', () => {
  for (const summary of [fixtureSummary(), troubledSummary(), loadSummary(3)]) {
    const svg = card(summary);
    expect(svg).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect(svg).not.toMatch(/<script|<image|<use|href|url\(|@import|@font-face|\son\w+=/);
    expect([...svg.matchAll(/https?:[^"]*/g)].map(([address]) => address)).toEqual(['http://www.w3.org/2000/svg']);
  }
});

test('colours are attributes, and every class has its dark one', () => {
  const svg = card(troubledSummary());
  const dark = svg.match(/prefers-color-scheme:dark\)\{(.*)\}<\/style>/)?.[1] ?? '';
  for (const [, name = ''] of svg.matchAll(/class="(\w+)"/g)) expect(dark).toContain(`.${name}{`);
  for (const [text] of svg.matchAll(/<text [^>]*>/g)) expect(text).toMatch(/ fill="#[0-9a-f]{3,6}"/);
});
