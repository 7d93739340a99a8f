import type { PublishedDocument, PublishedSpeed } from './published-document.ts';

// Every document generates as many.
const outputTokens = 2048;
const point = /^(\d+)=(\?|[\d.]+)(?:\/([\d.]+))?(?:x(\?|\d+))?(?:@(\d+))?$/;

/** The rows of a document. Throws on text of another form, which only a broken data file has. */
export function publishedRows(document: PublishedDocument): PublishedSpeed[] {
  const found: PublishedSpeed[] = [];
  let head = { model: '', framework: '', version: null as string | null };
  for (const line of document.rows.trim().split('\n')) {
    const [first = '', ...others] = line.trim().split(' ');
    if (!line.startsWith(' ')) {
      const [framework = '', version = null] = others;
      head = { model: first, framework, version };
      continue;
    }
    for (const text of others)
      found.push({ document, ...head, quantization: first, outputTokens, ...pointOf(text, document) });
  }
  return found;
}

type Point = Pick<PublishedSpeed, 'promptTokens' | 'speed' | 'memory' | 'gpus' | 'note'>;

function pointOf(text: string, { generation, notes }: PublishedDocument): Point {
  const match = point.exec(text);
  if (match === null) throw new Error(`"${text}" is no published figure (${generation})`);
  const [, promptTokens, speed, memory, gpus, note] = match;
  return {
    promptTokens: Number(promptTokens),
    speed: speed === '?' ? null : Number(speed),
    memory: memory === undefined ? null : Number(memory),
    gpus: gpus === '?' ? null : Number(gpus ?? 1),
    note: note === undefined ? null : (notes[Number(note)] ?? null),
  };
}
