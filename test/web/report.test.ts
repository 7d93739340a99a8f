import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Browser, openBrowser, type Page } from '../../bench/harness/browser.js';
import { onlyRun, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { drawn, leftInEnglish, seriousProblems, switchLanguage } from './page-checks.ts';

const hostile = '<img src=x onerror="document.title=1">&amp;</script><script>document.title=2</script>';

let outputs: { path: string; remove(): Promise<void> };
let browser: Browser | null = null;
let speed = '';
let load = '';
beforeAll(async () => {
  outputs = await temporaryFolder();
  browser = await openBrowser();
  if (browser === null) return;
  speed = await runSpeed('s1');
  load = await runLoad('load');
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await outputs.remove();
});

async function runSpeed(name: string): Promise<string> {
  const argv = `perf --api reference --ttft-ms 2 --itl-ms 1 --max-tokens 8 --prompt-lengths 1 64 --name ${name} --model`;
  const folder = path.join(outputs.path, name);
  const ended = await tokometer([...argv.split(' '), hostile, '--outputs-dir', folder]);
  expect(ended.code, ended.stderr).toBe(0);
  return onlyRun(folder);
}

async function runLoad(name: string): Promise<string> {
  const served = await serveReference(['--ttft-ms', '5', '--itl-ms', '2', '--fault', 'http-500@20']);
  try {
    const folder = path.join(outputs.path, name);
    const argv = `perf --url ${served.url}/v1/completions --model reference --parallel 1 8 --number 20 240 --max-tokens 8`;
    const ended = await tokometer([...argv.split(' '), '--prompt', hostile, '--outputs-dir', folder, '--name', name]);
    expect(ended.code, ended.stderr).toBe(0);
    return await onlyRun(folder);
  } finally {
    await served.stop();
  }
}

const address = (directory: string): string => `file://${path.join(directory, 'report.html')}`;

async function opened(directory: string, options: Parameters<Browser['open']>[1] = {}): Promise<Page> {
  if (browser === null) throw new Error('no browser');
  return browser.open(address(directory), options);
}

describe('report.html in a real browser, off the network', () => {
  test('a speed run: every chart is drawn, nothing is written to the console, nothing is asked for', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const page = await opened(speed);
    expect(await page.evaluate(drawn)).toEqual([
      'Generated speed',
      'Decode speed',
      'Prefill speed',
      'Time to first token',
      ...(await page.texts(drawn)).slice(4),
    ]);
    expect(page.messages).toEqual([]);
    expect(page.requests).toHaveLength(1);
    const names = await page.texts(
      `[...document.querySelectorAll('#charts svg.plot')].map((svg) => svg.getAttribute('aria-label'))`,
    );
    for (const name of names) expect(name).toMatch(/\(.+\): .*\d/);
    await page.close();
  });

  test('a load run: throughput, times, distributions and the run itself', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const page = await opened(load);
    const titles = await page.texts(drawn);
    for (const title of ['Output token throughput', 'Request throughput', 'Requests in flight', 'Tokens that arrived'])
      expect(titles).toContain(title);
    // Against load, and as a distribution.
    for (const title of ['Time to first token', 'Time per output token', 'Latency'])
      expect(titles.filter((one) => one === title)).toHaveLength(2);
    expect(titles).toContain('Inter-token latency');
    expect(page.messages).toEqual([]);
    await page.close();
  });

  test('hostile names, prompts and messages are text', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    for (const directory of [speed, load]) {
      const page = await opened(directory);
      const found = await page.evaluate(`[document.title, document.images.length, document.scripts.length]`);
      expect(found).toEqual([expect.stringMatching(/: (?:speed|load) benchmark$/), 0, 2]);
      expect(await page.evaluate('document.body.textContent')).toContain('<img src=x onerror="document.title=1">');
      await page.close();
    }
  });

  test('a click on a row, or Enter on it, opens its timeline; a row without one says so', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const page = await opened(load);
    await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
    await page.evaluate(`document.querySelector('tr[data-timeline] td').click()`);
    expect(await page.evaluate(`document.querySelectorAll('td.timeline svg.plot path[d]').length`)).toBeGreaterThan(0);
    expect(await page.evaluate(`document.querySelector('td.timeline figcaption').textContent`)).toMatch(
      /Tokens of request \d+tokens that have arrived; .*first token after/,
    );
    await page.evaluate(`document.querySelector('tr[data-timeline] td').click()`);
    expect(await page.evaluate(`document.querySelectorAll('td.timeline').length`)).toBe(0);
    await page.evaluate(`document.querySelector('tr[data-timeline] button').focus()`);
    await page.press('Enter');
    expect(await page.evaluate(`document.querySelector('tr[data-timeline] button').ariaExpanded`)).toBe('true');
    expect(await page.evaluate(`document.querySelectorAll('td.timeline svg.plot').length`)).toBe(1);
    await page.evaluate(`document.querySelector('tr[data-request]:not([data-timeline])').click()`);
    expect(await page.evaluate('document.body.textContent')).toContain('the timelines of at most 200 requests');
    expect(await page.evaluate(`document.querySelectorAll('tr[data-timeline]').length`)).toBeLessThanOrEqual(200);
    expect(page.messages).toEqual([]);
    await page.close();
  });

  test('a click works in Chinese too, and an open timeline follows the language', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const page = await opened(load);
    await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
    await page.evaluate(switchLanguage);
    await page.evaluate(`document.querySelector('tr[data-timeline] td').click()`);
    const caption = `document.querySelector('td.timeline figcaption').textContent`;
    expect(await page.evaluate(caption)).toMatch(/^请求 \d+ 的 token已到达的 token；?.*首 token：/);
    expect(await page.evaluate(`document.querySelectorAll('td.timeline svg.plot path[d]').length`)).toBeGreaterThan(0);
    await page.evaluate(switchLanguage);
    expect(await page.evaluate(caption)).toMatch(/^Tokens of request \d+/);
    await page.evaluate(`document.querySelector('tr[data-timeline] td').click()`);
    expect(await page.evaluate(`document.querySelectorAll('td.timeline').length`)).toBe(0);
    expect(page.messages).toEqual([]);
    await page.close();
  });

  test('in Chinese no word of the page is left in English', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    for (const directory of [speed, load]) {
      const page = await opened(directory);
      await page.evaluate(switchLanguage);
      expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN');
      expect(await page.evaluate(leftInEnglish)).toEqual([]);
      await page.evaluate(switchLanguage);
      expect(await page.evaluate(`document.querySelector('h2').textContent`)).toMatch(/^[A-Z]/);
      expect(page.messages).toEqual([]);
      await page.close();
    }
  });

  test.each(['light', 'dark'] as const)(
    '%s: nothing serious for axe, in both languages',
    { timeout: 120_000 },
    async (scheme) => {
      if (browser === null) return;
      for (const directory of [speed, load]) {
        const page = await opened(directory, { scheme });
        await page.evaluate(`document.querySelector('tr[data-timeline] td').click()`);
        expect(await seriousProblems(page)).toEqual([]);
        await page.evaluate(switchLanguage);
        expect(await seriousProblems(page)).toEqual([]);
        await page.close();
      }
    },
  );

  test.each([1200, 400])('%i px wide: the page itself never scrolls sideways', async (width) => {
    if (browser === null) return;
    for (const directory of [speed, load]) {
      const page = await opened(directory, { width });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      // Rows of a usual run are seen as a whole.
      if (width === 1200) {
        const table = `document.querySelector('.scroll')`;
        expect(await page.evaluate(`${table}.scrollWidth - ${table}.clientWidth`)).toBeLessThanOrEqual(0);
      }
      await page.close();
    }
  });

  test('without scripts the page says it all, with charts of its own', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const page = await opened(speed);
    await page.scripts(false);
    await page.go(address(speed));
    await page.scripts(true);
    expect(await page.evaluate(`document.querySelectorAll('svg.plain').length`)).toBe(3);
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.tools')).display`)).toBe('none');
    await page.close();
  });

  test('the data inside is the summary, and is what the button saves', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const page = await opened(speed);
    const inside = await page.evaluate(`JSON.parse(document.querySelector('#data').textContent).runs[0].summary`);
    const summary: unknown = JSON.parse(await readFile(path.join(speed, 'summary.json'), 'utf8'));
    expect(inside).toEqual(summary);
    const saved = await page.evaluate(`new Promise((resolve) => {
      URL.createObjectURL = (blob) => { blob.text().then(resolve); return '#'; };
      document.querySelector('#save').click();
    })`);
    expect(JSON.parse(String(saved))).toEqual(summary);
    await page.close();
  });

  test('several runs lie over one another', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const other = await runSpeed('s2');
    const ended = await tokometer(['report', speed, other, '--format', 'html']);
    expect(ended.code, ended.stderr).toBe(0);
    const file = path.join(outputs.path, 'both.html');
    await writeFile(file, ended.stdout);
    const page = await browser.open(`file://${file}`);
    expect(await page.evaluate(drawn)).toEqual([
      'Generated speed',
      'Decode speed',
      'Prefill speed',
      'Time to first token',
    ]);
    expect(await page.evaluate(`document.querySelector('figure .legend').textContent`)).toBe('s1s2');
    expect(await page.evaluate(`document.querySelectorAll('section tbody')[0].rows.length`)).toBe(4);
    expect(await seriousProblems(page)).toEqual([]);
    expect(page.messages).toEqual([]);
    await page.evaluate(switchLanguage);
    expect(await page.evaluate(leftInEnglish)).toEqual([]);
    await page.close();
  });
});
