/**
 * The script of a report page. Comes in: the page, which says everything in words and tables, and the data that it carries. Goes
 * out: charts, timelines of requests, the page in another language, a file of the data. Asks no network.
 */
import { Charts } from './charts.ts';
import { readData } from './data.ts';
import { language, speak } from './language.ts';
import type { Language } from './language.ts';
import { RequestRows } from './requests.ts';
import { saveJson } from './save.ts';

const data = readData();
const [first] = data.runs;
const main = document.querySelector('main');
const place = document.querySelector<HTMLElement>('#charts');
const charts = place === null ? null : new Charts(data, place);
const rows = data.runs.length === 1 && first?.details != null ? new RequestRows(first.details) : null;
const button = document.querySelector('#language');

function show(wanted: Language): void {
  if (main !== null) speak(wanted, main);
  if (button !== null) {
    button.textContent = wanted === 'en' ? '中文' : 'English';
    button.setAttribute('lang', wanted === 'en' ? 'zh-CN' : 'en');
  }
  charts?.build();
  rows?.renew();
}

button?.addEventListener('click', () => show(language() === 'en' ? 'zh-CN' : 'en'));
document.querySelector('#save')?.addEventListener('click', () => saveJson(data.runs.map(({ summary }) => summary)));

let width = window.innerWidth;
window.addEventListener('resize', () => {
  if (window.innerWidth === width) return;
  width = window.innerWidth;
  requestAnimationFrame(() => {
    charts?.redraw();
    rows?.renew();
  });
});

document.querySelector<HTMLElement>('.tools')?.removeAttribute('hidden');
show(navigator.language.startsWith('zh') ? 'zh-CN' : 'en');
performance.mark('charts-drawn');
