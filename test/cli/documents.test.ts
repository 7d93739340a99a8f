import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { writeDummyModel } from '../../src/engine/llama/dummy-model.ts';
import { freePort } from '../../src/engine/managed/loopback.ts';
import { type DocumentFolder, makeDocumentFolder } from '../support/document-folder.ts';
import { elsewhere, shorter } from '../support/documented-commands.ts';
import {
  commandsOf,
  type DocumentedCommand,
  documentPages,
  filesOf,
  readPage,
  repository,
  unmarkedCommands,
} from '../support/documents.ts';

import { onlyRun, type Served, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { tinyShape } from '../unit/engine/llama/tiny-model.ts';

// Every command of every page is run as it stands, in the order of its page: `bash` reads it, `tokometer` and `npx tokometer`
// are the program that was built. Three things differ: ports are those of servers that play the served API, a run that a
// page names by its date was made just before, and `shorter` adds words behind some commands. What can't be run here
// stands in `elsewhere`, with the reason.

const pages = await documentPages();
const contents = new Map(await Promise.all(pages.map(async (page) => [page, await readPage(page)] as const)));
const commands = new Map([...contents].map(([page, text]) => [page, commandsOf(page, text)]));
const all = [...commands.values()].flat();
const isElsewhere = ({ text }: DocumentedCommand): boolean => elsewhere.some(({ command }) => command.test(text));

const fast = ['--ttft-ms', '1', '--itl-ms', '0', '--prefill-speed', '1000000', '--max-model-len', '140000'];
// Its speed is its script's, whatever else runs: two runs of it are alike.
const paced = ['--ttft-ms', '10', '--itl-ms', '3'];
const withPacedServer = new Set(['docs/gate-a-pull-request.md']);
const datedRun = /outputs\/[\w.-]+\/\d{8}_\d{6}/g;

let servers: Served[];
let prepared: { path: string; remove(): Promise<void> };
beforeAll(async () => {
  servers = await Promise.all([serveReference(fast), serveReference(paced)]);
  prepared = await temporaryFolder();
  await Promise.all(['first', 'second'].map(prepareRun));
  await prepareModel();
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await prepared.remove();
});

async function prepareRun(name: string): Promise<void> {
  const folder = path.join(prepared.path, `of-${name}`);
  const words = `perf --url ${servers[1]?.url}/v1/completions --model qwen2.5 --prompt-lengths 1 64 --max-tokens 64`;
  const ended = await tokometer([...words.split(' '), '--outputs-dir', folder]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  await rename(await onlyRun(folder), path.join(prepared.path, name));
}

/** The model file that pages measure, by the embedded llama.cpp: a Qwen2 that is run in a blink. */
async function prepareModel(): Promise<void> {
  const directory = path.join(prepared.path, 'models');
  await mkdir(directory);
  const shape = { ...tinyShape, contextLength: 32_768 };
  const { path: file } = await writeDummyModel({ shape, quantization: 'Q8_0', seed: 1, directory });
  await copyFile(file, path.join(prepared.path, 'model.gguf'));
}

/** Puts there what a page takes for granted: runs of other days, a model, results of llama-bench, the files it shows. */
async function furnish(folder: DocumentFolder, page: string): Promise<void> {
  const words = (commands.get(page) ?? []).map(({ text }) => text).join('\n');
  const dated = [...new Set(words.match(datedRun))].toSorted();
  // The page of SQL asks all runs of a folder.
  if (page === 'docs/query.md') dated.push('outputs/qwen2.5/20260131_120000');
  const put = dated.map((place, index) =>
    folder.put(path.join(prepared.path, index === 0 ? 'first' : 'second'), place),
  );
  const results = path.join(repository, 'test/fixtures/results/llama-bench');
  put.push(folder.put(path.join(results, 'start-1.json'), 'llama-bench-before.json'));
  put.push(folder.put(path.join(results, 'start-2.json'), 'llama-bench-after.json'));
  put.push(folder.put(path.join(prepared.path, 'model.gguf'), 'model.gguf'));
  await Promise.all(put);
  for (const [name, content] of filesOf(contents.get(page) ?? '')) {
    // oxlint-disable-next-line no-await-in-loop -- a file or two
    await writeFile(path.join(folder.path, name), content);
  }
}

/** Ports of a page to those of the servers that play its servers, in the order in which they are named. */
async function portsOf(page: string): Promise<Map<string, string>> {
  const ports = new Map<string, string>();
  for (const { text } of commands.get(page) ?? []) {
    const own = /tokometer reference .*--port (\d+)/.exec(text)?.[1];
    // oxlint-disable-next-line no-await-in-loop -- a page starts a server or two
    if (own !== undefined) ports.set(own, String(await freePort()));
    for (const [, port = ''] of text.matchAll(/(?:127\.0\.0\.1|localhost):(\d+)/g)) {
      const played = servers[withPacedServer.has(page) ? 1 : ports.size % servers.length]?.url ?? '';
      if (!ports.has(port)) ports.set(port, new URL(played).port);
    }
  }
  return ports;
}

function lineOf(text: string, ports: ReadonlyMap<string, string>): string {
  const moved = text.replaceAll(/((?:127\.0\.0\.1|localhost):|--port )(\d+)/g, (whole, before: string, port: string) =>
    ports.has(port) ? `${before}${ports.get(port)}` : whole,
  );
  return [moved, ...shorter.filter(({ command }) => command.test(text)).map(({ words }) => words)].join(' ');
}

vi.setConfig({ maxConcurrency: 2 });

// Its commands are those of README.md, which a test below makes sure of.
const translated = 'README.zh-CN.md';
const withCommands = pages.filter(
  (page) => page !== translated && commands.get(page)?.some((command) => !isElsewhere(command)),
);

test.concurrent.each(withCommands)('every command of %s runs', { timeout: 120_000 }, async (page) => {
  const folder = await makeDocumentFolder();
  try {
    await furnish(folder, page);
    const ports = await portsOf(page);
    for (const command of commands.get(page) ?? []) {
      if (isElsewhere(command)) continue;
      const line = lineOf(command.text, ports);
      if (/tokometer reference /.test(line)) {
        // oxlint-disable-next-line no-await-in-loop -- in the order of the page
        await folder.serve(line, /reference server on/);
        continue;
      }
      const startMs = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- in the order of the page
      const ended = await folder.run(line);
      if (process.env['TRACE'])
        console.log(
          `${((performance.now() - startMs) / 1000).toFixed(1)} s ${page}: ${line}\n${process.env['TRACE'] === '2' ? ended.stdout + ended.stderr : ''}`,
        );
      const place = `${page}:${command.line} ${line}\n${ended.stdout}${ended.stderr}`;
      expect(ended.code, place).toBe(command.exitCode);
    }
  } finally {
    await folder.remove();
  }
});

test('the pages in two languages show the same commands', () => {
  const [english, chinese] = ['README.md', 'README.zh-CN.md'].map((page) =>
    commands.get(page)?.map(({ text }) => text),
  );
  expect(chinese).toEqual(english);
});

test.each(pages)('no command of %s stands in a block that is not run', (page) => {
  expect(unmarkedCommands(contents.get(page) ?? '')).toEqual([]);
});

test.each(elsewhere)('$command is run elsewhere, or has its reason', async ({ command, reason, ranBy }) => {
  expect(all.filter(({ text }) => command.test(text)).length).toBeGreaterThan(0);
  expect(reason).not.toBe('');
  for (const { file, words } of ranBy) {
    // oxlint-disable-next-line no-await-in-loop -- a file or two
    const content = await readFile(path.join(repository, file), 'utf8');
    for (const word of words) expect(content, file).toContain(word);
  }
});

test.each(shorter)('$words shortens a command that is there', ({ command }) => {
  expect(all.filter((one) => !isElsewhere(one) && command.test(one.text)).length).toBeGreaterThan(0);
});
