import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { makeDocumentFolder } from '../support/document-folder.ts';
import { type DocumentStage, openDocumentStage } from '../support/document-stage.ts';
import { elsewhere, shortened } from '../support/documented-commands.ts';
import {
  commandsOf,
  type DocumentedCommand,
  documentPages,
  readPage,
  repository,
  unmarkedCommands,
} from '../support/documents.ts';

// Every command of every page is run as it stands, in the order of its page: `bash` reads it, `tokometer` and `npx tokometer`
// are the program that was built. Three things differ: ports are those of servers that play the served API, a run that a
// page names by its date was made just before, and some commands get words behind them that make them shorter. What can't be
// run here stands in `elsewhere`, with the reason. So a command that is written into a page is run, or fails here.

const pages = await documentPages();
const contents = new Map(await Promise.all(pages.map(async (page) => [page, await readPage(page)] as const)));
const commands = new Map([...contents].map(([page, text]) => [page, commandsOf(page, text)]));
const all = [...commands.values()].flat();

// Its commands are those of README.md, which a test below makes sure of.
const translated = 'README.zh-CN.md';
const runHere = ({ text }: DocumentedCommand): boolean => !elsewhere.some(({ command }) => command.test(text));
const pagesToRun = pages.filter((page) => page !== translated && commands.get(page)?.some(runHere));

let stage: DocumentStage;
beforeAll(async () => {
  stage = await openDocumentStage();
});
afterAll(() => stage?.close());

vi.setConfig({ maxConcurrency: 2 });

test.concurrent.each(pagesToRun)('every command of %s runs', { timeout: 120_000 }, async (page) => {
  const folder = await makeDocumentFolder();
  try {
    const toRun = commands.get(page)?.filter(runHere) ?? [];
    await stage.furnish(folder, page, toRun);
    const lines = await stage.linesOf(page, toRun);
    for (const [index, { text, line: lineNumber, exitCode }] of toRun.entries()) {
      const line = `${lines[index]}${shortened(text).slice(text.length)}`;
      if (/tokometer reference /.test(line)) {
        // oxlint-disable-next-line no-await-in-loop -- in the order of the page
        await folder.serve(line, /reference server on/);
        continue;
      }
      // oxlint-disable-next-line no-await-in-loop -- in the order of the page
      const ended = await folder.run(line);
      expect(ended.code, `${page}:${lineNumber} ${line}\n${ended.stdout}${ended.stderr}`).toBe(exitCode);
    }
  } finally {
    await folder.remove();
  }
});

test('the translation shows commands of the original', () => {
  const original = commands.get('README.md')?.map(({ text }) => text);
  for (const { text } of commands.get(translated) ?? []) expect(original).toContain(text);
});

test.each(pages)('no command of %s stands in a block that is not run', (page) => {
  expect(unmarkedCommands(contents.get(page) ?? '')).toEqual([]);
});

test.each(elsewhere)('$command is run elsewhere, or has its reason', async ({ command, reason, ranBy }) => {
  expect(all.some(({ text }) => command.test(text))).toBe(true);
  expect(reason).not.toBe('');
  for (const { file, words } of ranBy) {
    // oxlint-disable-next-line no-await-in-loop -- a file or two
    const content = await readFile(path.join(repository, file), 'utf8');
    expect(words.filter((word) => !content.includes(word))).toEqual([]);
  }
});
