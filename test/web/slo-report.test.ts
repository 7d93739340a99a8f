import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Browser, openBrowser } from '../../bench/harness/browser.js';
import { onlyRun, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { drawn, leftInEnglish, seriousProblems, switchLanguage } from './page-checks.ts';

let outputs: { path: string; remove(): Promise<void> };
let browser: Browser | null = null;
let load = '';
beforeAll(async () => {
  outputs = await temporaryFolder();
  browser = await openBrowser();
  if (browser === null) return;
  // No first token comes before 5 ms, and all of them within seconds.
  const served = await serveReference(['--ttft-ms', '5', '--itl-ms', '2']);
  try {
    const argv = `perf --url ${served.url}/v1/completions --model reference --prompt hi --parallel 1 8 --number 20 240 --max-tokens 8`;
    const slo = ['--slo', 'ttft<=20s', 'latency<2ms'];
    const ended = await tokometer([...argv.split(' '), ...slo, '--outputs-dir', outputs.path, '--name', 'judged']);
    expect(ended.code, ended.stderr).toBe(0);
    load = await onlyRun(outputs.path);
  } finally {
    await served.stop();
  }
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await outputs.remove();
});

interface Part {
  readonly title: string;
  readonly levels: number;
  readonly isUpright: boolean;
  readonly texts: string;
  readonly name: string;
  readonly legend: string;
}

/** Figures with a line of a limit. */
const judgedFigures = `[...document.querySelectorAll('#charts figure')].flatMap((figure) => {
  const lines = [...figure.querySelectorAll('svg.plot .level line, svg.plot line.level')];
  if (lines.length === 0) return [];
  const box = lines[0].getBoundingClientRect();
  const svg = figure.querySelector('svg.plot');
  return [{
    title: figure.querySelector('figcaption b').textContent,
    levels: lines.length,
    isUpright: box.height > box.width,
    texts: [...svg.querySelectorAll('text')].map((text) => text.textContent).join('|'),
    name: svg.getAttribute('aria-label'),
    legend: figure.querySelector('.legend').textContent,
  }];
})`;

test('limits are dashed lines in the charts of their times, named in the legend and in words', async (context) => {
  if (browser === null) return context.skip('no chromium here');
  const page = await browser.open(`file://${path.join(load, 'report.html')}`);
  const titles = await page.texts(drawn);
  for (const title of ['Request throughput', 'SLO attainment']) expect(titles).toContain(title);
  // The reader of the page is the program that wrote it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const parts = (await page.evaluate(judgedFigures)) as Part[];
  expect(parts.map(({ title, levels, isUpright }) => [title, levels, isUpright])).toEqual([
    ['Time to first token', 1, false],
    ['Latency', 1, false],
    ['Time to first token', 1, true],
    ['Latency', 1, true],
  ]);
  const [ttft, latency, ttftShares, latencyShares] = parts;
  for (const part of [ttft, ttftShares])
    expect([part?.texts, part?.legend].join()).toMatch(/SLO ≤ 20,000 ms.*SLO ≤ 20,000 ms/);
  for (const part of [latency, latencyShares])
    expect([part?.texts, part?.legend].join()).toMatch(/SLO < 2 ms.*SLO < 2 ms/);
  expect(ttft?.name).toContain('SLO ≤ 20,000 ms, by 99 % of the answered requests: met at 1, 8');
  expect(latency?.name).toContain('SLO < 2 ms, by 99 % of the answered requests: not met at 1, 8');
  expect(ttftShares?.name).toMatch(
    /^Time to first token \(ms\): SLO ≤ 20,000 ms; 1 in flight: .* 100 % within the SLO; 8 in flight/,
  );
  expect(latencyShares?.name).toMatch(/ms, 0 % within the SLO/);
  const throughput = `[...document.querySelectorAll('#charts figure')]
    .find((one) => one.querySelector('figcaption b').textContent === 'Request throughput').querySelector('.legend').textContent`;
  expect(await page.evaluate(throughput)).toBe('measuredGoodput');
  expect(page.messages).toEqual([]);
  expect(await seriousProblems(page)).toEqual([]);
  await page.evaluate(switchLanguage);
  expect(await page.evaluate(leftInEnglish)).toEqual([]);
  expect(await page.evaluate(`document.querySelector('#charts').textContent`)).toContain(
    '按 99 % 的成功请求: 满足：1, 8',
  );
  expect(await seriousProblems(page)).toEqual([]);
  await page.close();
});

test('a table has goodput and the share within the limits, and all are seen as a whole', async (context) => {
  if (browser === null) return context.skip('no chromium here');
  const page = await browser.open(`file://${path.join(load, 'report.html')}`, { width: 1200 });
  const table = `document.querySelector('[aria-label="Requests within the SLO"]')`;
  expect(await page.texts(`[...${table}.querySelectorAll('th, td')].map((one) => one.textContent)`)).toEqual([
    'Parallel',
    'Goodputrequests/s',
    'In SLO%',
    '1',
    '0',
    '0.0',
    '8',
    '0',
    '0.0',
  ]);
  for (const one of [`document.querySelector('.scroll')`, table])
    expect(await page.evaluate(`${one}.scrollWidth - ${one}.clientWidth`)).toBeLessThanOrEqual(0);
  await page.close();
});

test('runs that lie over one another have the limits of each, once where they are the same', async (context) => {
  if (browser === null) return context.skip('no chromium here');
  const ended = await tokometer(['report', load, load, '--format', 'html', '--slo', 'ttft<=20s']);
  expect(ended.code, ended.stderr).toBe(0);
  const file = path.join(outputs.path, 'both.html');
  await writeFile(file, ended.stdout);
  const page = await browser.open(`file://${file}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const parts = (await page.evaluate(judgedFigures)) as Part[];
  expect(parts.map(({ title, levels }) => [title, levels])).toEqual([['Time to first token', 1]]);
  expect(parts[0]?.name).toMatch(/by 99 % of the answered requests: .+: met at 1, 8; .+: met at 1, 8$/);
  expect(page.messages).toEqual([]);
  expect(await seriousProblems(page)).toEqual([]);
  await page.close();
});
