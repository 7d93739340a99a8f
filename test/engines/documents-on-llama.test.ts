import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeDummyModel } from '../../src/engine/llama/dummy-model.ts';
import { makeDocumentFolder } from '../support/document-folder.ts';
import { writeDocumentedFiles } from '../support/document-stage.ts';
import { shortened } from '../support/documented-commands.ts';
import { commandsOf, readPage } from '../support/documents.ts';
import { readSummary, temporaryFolder, tokometer } from '../support/tokometer.ts';
import { findLlamaServer, type RunningLlamaServer, startLlamaServer } from './llama-server.ts';
import { tinyQwen } from './tiny-qwen.ts';

interface Line {
  readonly phase: string;
  readonly timings: { readonly decodeMs: number; readonly decodeTokens: number } | null;
  readonly chunkNs: readonly number[];
}

const found = findLlamaServer();
const skipped = 'skip' in found;

// The documents' served-API commands against real weights; only lengths and the port differ.
describe.skipIf(skipped)(`a real llama-server${skipped ? ` (skipped: ${found.skip})` : ''}`, () => {
  let server: RunningLlamaServer;
  let outputs: { path: string; remove(): Promise<void> };
  beforeAll(async () => {
    if ('skip' in found) return;
    outputs = await temporaryFolder();
    server = await startLlamaServer({ ...found, contextSize: 2048, threads: 1 });
  });
  afterAll(async () => {
    await server?.stop();
    await outputs?.remove();
  });

  test.each([
    ['speed_benchmark', '/v1/completions', ['1', '128', '600']],
    ['speed_benchmark_long', '/v1/chat/completions', ['700']],
  ])(
    '%s at %s: exact counts, and decode time within 1 %% of its own timings',
    { retry: 2 },
    async (dataset, endpoint, lengths) => {
      const folder = path.join(outputs.path, dataset);
      const ended = await tokometer([
        ...`perf --parallel 1 --url ${server.url}${endpoint} --model qwen2.5 --log-every-n-query 5`.split(' '),
        ...'--connect-timeout 6000 --read-timeout 6000 --max-tokens 96 --min-tokens 96 --api openai --debug'.split(' '),
        '--dataset',
        dataset,
        '--prompt-lengths',
        ...lengths,
        '--json',
        '--outputs-dir',
        folder,
      ]);
      expect(ended.code, ended.stderr).toBe(0);
      const summary = readSummary(ended.stdout);
      expect(summary.engine.name).toContain('llama-server');
      expect(summary.workload.method).toBe('token-ids');
      for (const row of summary.rows) {
        expect([row.promptTokens, row.valid, row.counts.measured]).toEqual([row.promptTokens, true, 3]);
        for (const request of row.requests) {
          expect([request.promptTokens, request.outputTokens]).toEqual([row.promptTokens, 96]);
          expect(request.cachedTokens).toBe(0);
        }
        const { serverTruth } = row;
        expect(serverTruth).toMatchObject({ source: 'llama-server timings', reason: null });
        const ttft = serverTruth?.figures.find(({ id }) => id === 'ttft');
        expect(ttft?.n).toBe(3);
        // The client's clock begins before the server's.
        expect(ttft?.client).toBeGreaterThan(ttft?.server ?? Infinity);
        expect(serverTruth?.figures.map(({ id }) => id)).toContain('decode_time');
      }
      const lines = (await readFile(path.join(summary.directory, 'records.jsonl'), 'utf8')).trim().split('\n');
      let clientMs = 0;
      let serverMs = 0;
      for (const text of lines) {
        const line: Line = JSON.parse(text);
        if (line.phase !== 'measured') continue;
        expect(line.timings?.decodeTokens).toBe(96);
        // The first value is a stamp, the others are steps from one chunk to the next.
        clientMs += line.chunkNs.slice(1).reduce((sum, step) => sum + step, 0) / 1e6;
        serverMs += line.timings?.decodeMs ?? 0;
      }
      expect(Math.abs(clientMs / serverMs - 1)).toBeLessThan(0.01);
    },
  );

  test('two engines take turns and are compared, by the commands of their page', { timeout: 300_000 }, async () => {
    if ('skip' in found) return;
    const page = 'docs/compare-two-engines.md';
    const commands = commandsOf(page, await readPage(page)).map(({ text }) => text);
    const batch = commands.find((text) => text === 'npx tokometer batch engines.yaml') ?? '';
    const compare = commands.find((text) => text.startsWith('npx tokometer compare --base ')) ?? '';
    const folder = await makeDocumentFolder(found.binary);
    try {
      const model = { shape: tinyQwen, quantization: 'Q8_0', seed: 1, directory: outputs.path } as const;
      await folder.put((await writeDummyModel(model)).path, 'model.gguf');
      await writeDocumentedFiles(folder, page);
      const measured = await folder.run(shortened(batch));
      expect(measured.code, measured.stderr).toBe(0);
      const compared = await folder.run(compare);
      expect(compared.code, compared.stderr).toBe(0);
      expect(compared.stdout).toMatch(/decode_speed .*(faster|slower|no evidence)/);
    } finally {
      await folder.remove();
    }
  });
});
