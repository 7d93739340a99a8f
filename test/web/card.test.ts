import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Browser, openBrowser, type Page } from '../../bench/harness/browser.js';
import { onlyRun, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

const hostile =
  '<img src=x onerror="document.title=1"></text><script>document.title=2</script>&amp; ' + 'Wm宽'.repeat(60);

let outputs: { path: string; remove(): Promise<void> };
let browser: Browser | null = null;
const cards: string[] = [];
beforeAll(async () => {
  outputs = await temporaryFolder();
  browser = await openBrowser();
  if (browser === null) return;
  cards.push(await cardOf('speed', await runSpeed()), await cardOf('load', await runLoad()));
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await outputs.remove();
});

async function runSpeed(): Promise<string> {
  const folder = path.join(outputs.path, 'runs-of-speed');
  // More rows than a card shows.
  const lengths = ['1', '16', '64', '128', '256', '1024', '2048', '4096', '8192'];
  const argv = ['--ttft-ms', '2', '--itl-ms', '1', '--max-tokens', '8', '--prompt-lengths', ...lengths];
  const place = ['--name', 'speed', '--model', hostile, '--outputs-dir', folder];
  const ended = await tokometer(['perf', '--api', 'reference', ...argv, ...place]);
  expect(ended.code, ended.stderr).toBe(0);
  return onlyRun(folder);
}

async function runLoad(): Promise<string> {
  const served = await serveReference(['--ttft-ms', '5', '--itl-ms', '2', '--fault', 'http-500@20']);
  try {
    const folder = path.join(outputs.path, 'runs-of-load');
    const load = ['--parallel', '1', '4', '8', '--number', '20', '40', '80', '--max-tokens', '8', '--prompt', hostile];
    const place = ['--model', 'reference', '--name', hostile, '--outputs-dir', folder];
    const ended = await tokometer(['perf', '--url', `${served.url}/v1/completions`, ...load, ...place]);
    expect(ended.code, ended.stderr).toBe(0);
    return await onlyRun(folder);
  } finally {
    await served.stop();
  }
}

async function cardOf(name: string, run: string): Promise<string> {
  const file = path.join(outputs.path, `${name}.svg`);
  const ended = await tokometer(['report', run, '--format', 'card', '--output', file]);
  expect([ended.code, ended.stdout, ended.stderr]).toEqual([0, '', '']);
  return `file://${file}`;
}

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

async function boxesOf(page: Page, elements = 'text'): Promise<Box[]> {
  const json = await page.evaluate(`JSON.stringify([...document.querySelectorAll('${elements}')].map((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect();
    return { text: one.textContent, left, right, top, bottom };
  }))`);
  const boxes: Box[] = JSON.parse(String(json));
  return boxes;
}

// Boxes hold room for accents and descenders, which lines may share.
const overlap = (one: Box, other: Box): boolean =>
  one.left < other.right - 0.5 &&
  other.left < one.right - 0.5 &&
  Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 5;

describe('the card in a real browser, off the network', () => {
  test.each(['light', 'dark'] as const)('%s: no text leaves the card or lies over another', async (scheme) => {
    if (browser === null) return;
    for (const card of cards) {
      const page = await browser.open(card, { scheme, width: 1000 });
      const boxes = await boxesOf(page);
      expect(boxes.length).toBeGreaterThan(20);
      const height = Number(await page.evaluate(`document.documentElement.getAttribute('height')`));
      expect(boxes.filter((box) => box.left < 30 || box.right > 970 || box.top < 0 || box.bottom > height)).toEqual([]);
      const pairs = boxes.flatMap((one, place) =>
        boxes.slice(place + 1).flatMap((other) => (overlap(one, other) ? [[one.text, other.text]] : [])),
      );
      expect(pairs).toEqual([]);
      for (const bar of await boxesOf(page, 'rect.accent, rect.hollow')) {
        const beside = boxes.filter((box) => box.top < bar.bottom && box.bottom > bar.top && box.right > bar.left);
        expect(beside.filter(({ left }) => left < bar.right)).toEqual([]);
        expect(beside).not.toEqual([]);
      }
      expect(page.messages).toEqual([]);
      expect(page.requests).toHaveLength(1);
      await page.close();
    }
  });

  test('colours follow the scheme', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const name = `getComputedStyle(document.querySelector('text[font-size="26"]')).fill`;
    const page = await browser.open(cards[0] ?? '', { scheme: 'light' });
    expect(await page.evaluate(name)).toBe('rgb(28, 30, 33)');
    await page.theme('dark');
    expect(await page.evaluate(name)).toBe('rgb(232, 234, 236)');
    await page.close();
  });

  test('hostile names are text, and nothing of them runs', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    for (const card of cards) {
      const page = await browser.open(card);
      expect(await page.evaluate(`document.documentElement.nodeName`)).toBe('svg');
      expect(await page.evaluate(`document.querySelectorAll('script, img, image, parsererror').length`)).toBe(0);
      expect(await page.evaluate(`document.querySelector('title').textContent`)).toContain('<img src=x onerror=');
      expect(await page.evaluate(`document.querySelector('text[font-size="26"]').textContent`)).toMatch(
        /<img src=x.*…$/,
      );
      await page.close();
    }
  });

  test('in an img element it is drawn, at its own size', async (context) => {
    if (browser === null) return context.skip('no chromium here');
    const file = path.join(outputs.path, 'page.html');
    await writeFile(file, `<!doctype html>${cards.map((card) => `<img src="${card}">`).join('')}`);
    const page = await browser.open(`file://${file}`);
    expect(await page.evaluate(`[...document.images].map(({ naturalWidth }) => naturalWidth)`)).toEqual([1000, 1000]);
    expect(page.messages).toEqual([]);
    await page.close();
  });
});

test('a card is of one run', async (context) => {
  if (browser === null) return context.skip('no chromium here, and no run');
  const runs = await Promise.all(
    ['runs-of-speed', 'runs-of-load'].map((name) => onlyRun(path.join(outputs.path, name))),
  );
  const ended = await tokometer(['report', ...runs, '--format', 'card']);
  expect([ended.code, ended.stdout]).toEqual([2, '']);
  expect(ended.stderr).toMatch(/--format card takes one run, got 2\n.*html lays several over one another/);
});
