import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startRunClock } from '../../../../src/base/clock.ts';
import { openManagedEngine } from '../../../../src/engine/managed/managed-engine.ts';
import { requestFor, send, Told } from '../http/engine-under-test.ts';
import { serverPlan } from '../../../support/server-plan.ts';

// Stands in for an interpreter with SGLang: tells its facts and flags, then serves as that does without a tokenizer.
const standIn = `#!/usr/bin/env node
const { createServer } = require('node:http');
const { writeFileSync } = require('node:fs');
const words = process.argv.slice(2);
const flags = ['--model-path', '--served-model-name', '--host', '--port', '--context-length', '--load-format',
  '--skip-tokenizer-init', '--incremental-streaming-output', '--disable-radix-cache', '--mem-fraction-static',
  '--enable-metrics', '--enable-cache-report'];
const facts = { found: true, files: ['launch_server.py'], version: '0.5.23', cpuVersion: null, torch: '2.13.0+cpu' };
if (words[0] === '-c') console.log(JSON.stringify(facts));
else if (words.includes('--help')) console.log(flags.join(' '));
else {
  writeFileSync(__filename + '.words', JSON.stringify(words));
  const asked = [];
  createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'POST') asked.push(request.url);
      if (request.url === '/asked') return response.end(JSON.stringify(asked));
      if (request.url === '/health') return response.end();
      if (request.url === '/v1/models') return response.end(JSON.stringify({ data: [{ id: 'tiny', owned_by: 'sglang' }] }));
      if (request.url === '/server_info') return response.end(JSON.stringify({ version: '0.5.23', disable_radix_cache: true }));
      if (request.url !== '/generate') return response.writeHead(404).end();
      const { input_ids, sampling_params } = JSON.parse(Buffer.concat(parts).toString());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const last = sampling_params.max_new_tokens;
      for (let count = 1; count <= last; count++) {
        const finish_reason = count === last ? { type: 'length', length: last } : null;
        const counts = { prompt_tokens: input_ids.length, completion_tokens: count, cached_tokens: 0 };
        response.write('data: ' + JSON.stringify({ output_ids: [count], meta_info: { finish_reason, ...counts } }) + '\\n\\n');
      }
      response.end('data: [DONE]\\n\\n');
    });
  }).listen(Number(words[words.indexOf('--port') + 1]), '127.0.0.1');
}
`;

const plan = serverPlan({ api: 'local_sglang', loadFormat: 'dummy', enforceEager: false });

test('SGLang with dummy weights and no tokenizer is measured through /generate', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokometer-sglang-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const interpreter = join(folder, 'python');
  writeFileSync(interpreter, standIn, { mode: 0o755 });
  // A package of some folder above would say what the stand-in's own kind of module is.
  writeFileSync(join(folder, 'package.json'), '{}\n');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ vocab_size: 1000, max_position_embeddings: 4096 }));
  const engine = await openManagedEngine({
    plan,
    model: 'tiny',
    modelPath: folder,
    interpreter,
    maxLength: 64,
    clock: startRunClock(),
    tell: new Told(),
    logFile: join(folder, 'engine.log'),
  });
  onTestFinished(() => engine.close());

  const { outcome, sink } = await send(engine, requestFor({ outputTokens: 8, minOutputTokens: 8 }));
  expect(outcome).toMatchObject({ status: 'ok', finishReason: 'length', lengthRule: 'ignore_eos' });
  expect(sink.counts).toEqual({ promptTokens: 4, cachedTokens: 0, outputTokens: 8 });
  expect(sink.tokens).toBe(8);

  const facts = engine.facts();
  expect(facts).toMatchObject({ name: 'SGLang', version: '0.5.23', weights: 'dummy', cache: 'off' });
  expect(facts.url).toMatch(/\/generate$/);
  expect(facts.notes.join(' ')).toContain('not yet run');
  expect(await engine.tokenize?.('a')).toBeNull();
  const words: string[] = JSON.parse(readFileSync(`${interpreter}.words`, 'utf8'));
  expect(words.join(' ')).toContain('--context-length 70');
  expect(words).toEqual(expect.arrayContaining(['--skip-tokenizer-init', '--incremental-streaming-output']));
  const answer = await fetch(facts.url?.replace('/generate', '/asked') ?? '');
  const asked: string[] = JSON.parse(await answer.text());
  expect(new Set(asked)).toEqual(new Set(['/generate']));
});
