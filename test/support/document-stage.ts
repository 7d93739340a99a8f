// What the pages take for granted: servers on their ports, runs of other days, a model file, results of another tool.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { writeDummyModel } from '../../src/engine/llama/dummy-model.ts';
import { freePort } from '../../src/engine/managed/loopback.ts';
import { tinyShape } from '../unit/engine/llama/tiny-model.ts';
import type { DocumentFolder } from './document-folder.ts';
import { type DocumentedCommand, filesOf, readPage, repository } from './documents.ts';
import { startCollector } from './collector.ts';
import { onlyRun, serveReference, temporaryFolder, tokometer } from './tokometer.ts';

const fast = ['--ttft-ms', '1', '--itl-ms', '0', '--prefill-speed', '1000000', '--max-model-len', '140000'];
// Its speed is its script's, whatever else runs: two runs of it are alike.
const paced = ['--ttft-ms', '10', '--itl-ms', '3'];
const withPacedServer = new Set(['docs/gate-a-pull-request.md']);

const datedRun = /outputs\/[\w.-]+\/\d{8}_\d{6}/g;
// The page of SQL asks all runs of a folder, and names none.
const runsOf: Readonly<Record<string, readonly string[]>> = { 'docs/query.md': ['outputs/qwen2.5/20260131_120000'] };
const results = path.join(repository, 'test/fixtures/results/llama-bench');
const address = /((?:127\.0\.0\.1|localhost):)(\d+)/g;
// Where collectors of OpenTelemetry listen.
const collectorPort = '4318';
const startsReference = /tokometer reference /;

export interface DocumentStage {
  /** Puts there what the commands of a page find when they begin. */
  furnish(folder: DocumentFolder, page: string, commands: readonly DocumentedCommand[]): Promise<void>;
  /** The commands as they are run, in order: ports are those of servers that run, or will when the page starts them. */
  linesOf(page: string, commands: readonly DocumentedCommand[]): Promise<string[]>;
  close(): Promise<void>;
}

export async function openDocumentStage(): Promise<DocumentStage> {
  const servers = await Promise.all([serveReference(fast), serveReference(paced)]);
  const collector = await startCollector();
  const [fastPort, pacedPort] = servers.map(({ url }) => new URL(url).port);
  const prepared = await temporaryFolder();
  const prepare = async (name: string): Promise<string> => {
    const words = `perf --url ${servers[1]?.url}/v1/completions --model qwen2.5 --prompt-lengths 1 64 --max-tokens 64`;
    const folder = path.join(prepared.path, `of-${name}`);
    const ended = await tokometer([...words.split(' '), '--outputs-dir', folder]);
    if (ended.code !== 0) throw new Error(ended.stderr);
    const run = path.join(prepared.path, name);
    await rename(await onlyRun(folder), run);
    return run;
  };
  const [runs, model] = await Promise.all([
    Promise.all(['first', 'second'].map(prepare)),
    writeModel(path.join(prepared.path, 'models')),
  ]);

  return {
    furnish: async (folder, page, commands) => {
      const words = commands.map(({ text }) => text).join('\n');
      const dated = [...(runsOf[page] ?? []), ...new Set(words.match(datedRun))].toSorted();
      await Promise.all([
        ...dated.map((place, index) => folder.put(runs[Math.min(index, 1)] ?? '', place)),
        folder.put(path.join(results, 'start-1.json'), 'llama-bench-before.json'),
        folder.put(path.join(results, 'start-2.json'), 'llama-bench-after.json'),
        folder.put(model, 'model.gguf'),
        writeDocumentedFiles(folder, page),
      ]);
    },
    linesOf: async (page, commands) => {
      const ports = await portsStartedBy(commands);
      const played = withPacedServer.has(page) ? [pacedPort] : [fastPort, pacedPort];
      return commands.map(({ text, inSentence }) => {
        // A server that a sentence tells of is nobody's on this page.
        if (startsReference.test(text)) {
          return text.replace(/--port (\d+)/, (_, port: string) => `--port ${inSentence ? 0 : ports.get(port)}`);
        }
        return text.replaceAll(address, (_, host: string, port: string) => {
          if (port === collectorPort) return new URL(collector.url).host;
          const at = ports.get(port) ?? played[ports.size % played.length] ?? '';
          ports.set(port, at);
          return `${host}${at}`;
        });
      });
    },
    close: async () => {
      await Promise.all([collector.close(), ...servers.map((server) => server.stop())]);
      await prepared.remove();
    },
  };
}

/** The model file that pages measure: a Qwen2 that llama.cpp runs in a blink. Resolves to its path. */
async function writeModel(directory: string): Promise<string> {
  await mkdir(directory);
  const shape = { ...tinyShape, contextLength: 32_768 };
  return (await writeDummyModel({ shape, quantization: 'Q8_0', seed: 1, directory })).path;
}

/** Writes the files that a page shows whole. */
export async function writeDocumentedFiles(folder: DocumentFolder, page: string): Promise<void> {
  const files = [...filesOf(await readPage(page))];
  await Promise.all(files.map(([name, content]) => writeFile(path.join(folder.path, name), content)));
}

async function portsStartedBy(commands: readonly DocumentedCommand[]): Promise<Map<string, string>> {
  const ports = new Map<string, string>();
  for (const { text, inSentence } of commands) {
    const port = startsReference.test(text) && !inSentence ? /--port (\d+)/.exec(text)?.[1] : undefined;
    // oxlint-disable-next-line no-await-in-loop -- a server or two
    if (port !== undefined) ports.set(port, String(await freePort()));
  }
  return ports;
}
