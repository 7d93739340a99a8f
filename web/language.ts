import { chinese } from './chinese.ts';

/** Languages of the page's own words. Numbers, names, formulas and messages of servers stay as they are. */
export type Language = 'en' | 'zh-CN';

let current: Language = 'en';

export function language(): Language {
  return current;
}

/** A text of the page in the language that is shown; each `{}` is one of the values, in their order. */
export function say(text: string, ...values: readonly (string | number)[]): string {
  const shown = current === 'en' ? text : (chinese[text] ?? text);
  let place = 0;
  return shown.replaceAll('{}', () => String(values[place++] ?? ''));
}

// Text that this program did not write says so by its own language, or that it is not to be translated.
const left = '[lang], [translate=no], script, style, svg, figure';
const originals = new WeakMap<Node, string>();
const labelled = new WeakMap<Element, string>();

/** Shows the page in a language: each text that the dictionary knows, within everything that is the page's own. */
export function speak(wanted: Language, root: HTMLElement): void {
  current = wanted;
  document.documentElement.lang = wanted;
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node instanceof Element && node.matches(left) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    if (node instanceof Element) translateLabel(node);
    else translateText(node);
  }
}

function translateText(node: Node): void {
  const original = originals.get(node) ?? node.nodeValue ?? '';
  originals.set(node, original);
  const words = original.trim();
  if (words === '') return;
  const shown = current === 'en' ? original : original.replace(words, () => translated(words));
  if (node.nodeValue !== shown) node.nodeValue = shown;
}

function translateLabel(element: Element): void {
  const original = labelled.get(element) ?? element.getAttribute('aria-label');
  if (original === null) return;
  labelled.set(element, original);
  element.setAttribute('aria-label', current === 'en' ? original : translated(original));
}

const patterns = Object.entries(chinese)
  .filter(([text]) => text.includes('{}'))
  // The one that says most is meant.
  .toSorted(([one], [other]) => other.length - one.length)
  .map(([text, shown]) => ({ pattern: new RegExp(`^${escaped(text).replaceAll('{}', '(.+?)')}$`), shown }));

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`);
}

// The values of a pattern may be words themselves: `start 2, repetition 1`.
function translated(text: string): string {
  const whole = chinese[text];
  if (whole !== undefined && !text.includes('{}')) return whole;
  const parts = text.split(', ');
  if (parts.length > 1) {
    const words = parts.map(translated);
    if (words.every((word, index) => word !== parts[index])) return words.join('、');
  }
  for (const { pattern, shown } of patterns) {
    const found = pattern.exec(text);
    if (found === null) continue;
    let place = 1;
    return shown.replaceAll('{}', () => translated(found[place++] ?? ''));
  }
  return text;
}
