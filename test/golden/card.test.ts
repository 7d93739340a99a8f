import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

import { summarySchema } from '../../src/contract/schema/summary.ts';
import { render } from '../../src/report/render.ts';

// As with the summary: GOLDEN=write npx vitest run test/golden, and look at the picture before it is committed.
const golden = path.join(import.meta.dirname, 'card.svg');

test('the golden summary gives its card, byte for byte', async () => {
  const json: unknown = JSON.parse(await readFile(path.join(import.meta.dirname, 'run', 'summary.json'), 'utf8'));
  const card = render(summarySchema.parse(json), 'card');
  if (process.env['GOLDEN'] === 'write') await writeFile(golden, card);
  expect(card).toBe(await readFile(golden, 'utf8'));
});
