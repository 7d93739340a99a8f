import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import type { Page } from '../../bench/harness/browser.js';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Titles of the charts that have something drawn. */
export const drawn = `[...document.querySelectorAll('#charts figure')]
  .filter((figure) => figure.querySelectorAll('svg.plot path[d], svg.plot circle').length > 0)
  .map((figure) => figure.querySelector('figcaption b').textContent)`;

export const switchLanguage = `document.querySelector('#language').click()`;

/** What axe finds on the page that is serious. */
export async function seriousProblems(page: Page): Promise<unknown> {
  await page.evaluate(await readFile(axe, 'utf8'));
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')))`);
}

// Terms that are the same in every language, units, names of files and programs.
const terms = [
  'TTFT',
  'TPOT',
  'ITL',
  'GPU',
  'CPU',
  'GiB',
  'JSON',
  'Tokometer',
  'Node',
  'tokens',
  'token',
  'ms',
  'TFLOP',
  'MHz',
  'req',
  'SLO',
  'summary.json',
  'records.jsonl',
];

/** Texts of the page, in Chinese, with words that are none of the terms. */
export const leftInEnglish = `(() => {
  const terms = new Set(${JSON.stringify(terms)});
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches('[lang], [translate=no], svg, script, style') ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  const found = new Set();
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (!(node instanceof Text)) continue;
    const words = node.nodeValue.match(/[A-Za-z][A-Za-z.]{2,}/g) ?? [];
    if (words.some((word) => !terms.has(word.replace(/\\.$/, '')))) found.add(node.nodeValue.trim());
  }
  return [...found];
})()`;
