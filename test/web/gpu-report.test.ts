import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { type Browser, openBrowser, type Page } from '../../bench/harness/browser.js';
import { temporaryFolder, tokometer } from '../support/tokometer.ts';
import { writeGpuRun } from './gpu-run.ts';
import { drawn, leftInEnglish, seriousProblems, switchLanguage } from './page-checks.ts';

let outputs: { path: string; remove(): Promise<void> };
let browser: Browser | null = null;
let address = '';
beforeAll(async () => {
  outputs = await temporaryFolder();
  browser = await openBrowser();
  if (browser === null) return;
  const directory = path.join(outputs.path, 'gpu');
  await writeGpuRun(directory);
  const ended = await tokometer(['report', directory, '--write']);
  expect(ended.code, ended.stderr).toBe(0);
  address = `file://${path.join(directory, 'report.html')}`;
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await outputs.remove();
});

const hardware = [
  'Roofline: Memory traffic of decode',
  'Roofline: Computing rate of prefill',
  'Memory',
  'GPU utilisation',
  'GPU power',
  'GPU core clock',
  'GPU memory in use',
];

/** What is drawn in the figure of this title: dots, lines, the level, and its words. */
const partsOf = (title: string): string => `(() => {
  const figure = [...document.querySelectorAll('#charts figure')]
    .find((one) => one.querySelector('figcaption b').textContent === ${JSON.stringify(title)});
  const svg = figure.querySelector('svg.plot');
  return {
    dots: svg.querySelectorAll('circle').length,
    lines: svg.querySelectorAll('path[d]').length,
    levels: [...svg.querySelectorAll('.level line, line.level')].length,
    name: svg.getAttribute('aria-label'),
    caption: figure.querySelector('figcaption').textContent,
    legend: figure.querySelector('.legend')?.textContent ?? '',
    rows: figure.querySelectorAll('tbody tr').length,
  };
})()`;

/** Where the dots of the figure of this title lie, from the top of the page. */
const heights = (title: string): string => `[...[...document.querySelectorAll('#charts figure')]
  .find((one) => one.querySelector('figcaption b').textContent === ${JSON.stringify(title)})
  .querySelectorAll('svg.plot circle')].map((dot) => dot.getBoundingClientRect().top)`;

test('a run on a known GPU: rooflines below their peaks, memory against context, and the samples of the GPU', async (context) => {
  if (browser === null) return context.skip('no chromium here');
  const page = await browser.open(address);
  const titles = await page.texts(drawn);
  for (const title of hardware) expect(titles).toContain(title);
  const [decode, prefill, memory] = [
    await page.evaluate(partsOf('Roofline: Memory traffic of decode')),
    await page.evaluate(partsOf('Roofline: Computing rate of prefill')),
    await page.evaluate(partsOf('Memory')),
  ];
  expect(decode).toMatchObject({ dots: 4, levels: 1, rows: 4 });
  expect(decode).toMatchObject({ caption: expect.stringContaining('dashed: 4,800 GB/s; vendor peak of NVIDIA H200') });
  expect(decode).toMatchObject({ name: expect.stringMatching(/\(GB\/s\): .*\d at 1, .*; dashed: 4,800 GB\/s/) });
  // A prompt of one token is no prefill.
  expect(prefill).toMatchObject({
    dots: 3,
    levels: 1,
    caption: expect.stringContaining('dashed: 989.0 TFLOP/s; vendor peak of NVIDIA H200'),
  });
  // Two lines: what was measured, and what the keys and values of the tokens beyond the first row come to.
  expect(memory).toMatchObject({ dots: 4, lines: expect.any(Number), rows: 8 });
  expect(memory).toMatchObject({
    legend: 'measuredfirst row and the keys and values of the tokens beyond it',
    caption: expect.stringContaining('vLLM: weights and the keys and values of the request'),
  });
  expect(page.messages).toEqual([]);
  expect(page.requests).toHaveLength(1);
  await page.close();
});

test('the marks lie where the numbers are: memory grows with the context, and no dot is above its peak', async (context) => {
  if (browser === null) return context.skip('no chromium here');
  const page = await browser.open(address);
  const dots = numbersOf(await page.evaluate(heights('Memory')));
  expect(dots).toHaveLength(4);
  expect(dots.toSorted((one, other) => other - one)).toEqual(dots);
  for (const title of hardware.slice(0, 2)) {
    const peak = Number(
      await page.evaluate(`[...document.querySelectorAll('#charts figure')]
        .find((one) => one.querySelector('figcaption b').textContent === ${JSON.stringify(title)})
        .querySelector('.level line, line.level').getBoundingClientRect().top`),
    );
    expect(Math.min(...numbersOf(await page.evaluate(heights(title))))).toBeGreaterThan(peak);
  }
  await page.close();
});

test('nothing serious for axe, no English left in Chinese, and the charts are drawn again', async (context) => {
  if (browser === null) return context.skip('no chromium here');
  for (const scheme of ['light', 'dark'] as const) {
    const page: Page = await browser.open(address, { scheme });
    const before = (await page.texts(drawn)).length;
    expect(await seriousProblems(page)).toEqual([]);
    await page.evaluate(switchLanguage);
    expect(await page.evaluate(leftInEnglish)).toEqual([]);
    expect(await page.texts(drawn)).toHaveLength(before);
    expect(await page.texts(drawn)).toContain('屋顶线: 解码内存流量');
    expect(await seriousProblems(page)).toEqual([]);
    expect(page.messages).toEqual([]);
    await page.close();
  }
});

function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}
