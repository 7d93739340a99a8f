import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Ended, onlyRun, readSummary, serveReference, temporaryFolder, tokometer } from '../support/tokometer.ts';

let outputs: { path: string; remove(): Promise<void> };
let runs = 0;
beforeAll(async () => {
  outputs = await temporaryFolder();
});
afterAll(() => outputs.remove());

interface Measured extends Ended {
  readonly folder: string;
}

async function perf(url: string, argv: readonly string[] = []): Promise<Measured> {
  const folder = path.join(outputs.path, String(runs++));
  const lengths = [...(argv.includes('--prompt-lengths') ? [] : ['--prompt-lengths', '8']), '--max-tokens', '12'];
  const ended = await tokometer(['perf', '--url', url, '--model', 'm', ...lengths, '--outputs-dir', folder, ...argv]);
  return { ...ended, folder };
}

async function against(server: readonly string[], argv: readonly string[] = []): Promise<Measured> {
  const served = await serveReference(['--ttft-ms', '2', '--itl-ms', '1', ...server]);
  try {
    return await perf(`${served.url}/v1/completions`, argv);
  } finally {
    await served.stop();
  }
}

describe('before anything is measured: exit 4, one message, a hint, nothing left behind', () => {
  test('nobody listens', async () => {
    const ended = await perf('http://127.0.0.1:9/v1/completions');
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(/error {2}E_CONNECTION_TEST .*127\.0\.0\.1:9.*\nhint {3}\S/);
    expect(ended.stdout).toBe('');
    await expect(onlyRun(ended.folder)).rejects.toThrow();
  });

  test('a wrong path names the right one', async () => {
    const served = await serveReference();
    const ended = await perf(`${served.url}/api/v1/completions`);
    await served.stop();
    expect(ended.code).toBe(4);
    expect(ended.stderr).toContain('404');
    expect(ended.stderr).toContain(`${served.url}/v1/completions`);
  });

  test.each([
    [['--fault', 'html'], /not JSON|HTML/],
    [['--fault', 'http-500'], /500/],
    [['--fault', 'http-429'], /429/],
    [['--fault', 'not-json'], /not JSON/],
    [['--api-key', 'right'], /401/],
    [['--strict-model'], /404[^]*"?m"?[^]*reference/],
  ])('%j', async (server, message) => {
    const ended = await against(server);
    expect(ended.code).toBe(4);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).toMatch(/\nhint {3}\S/);
  });
});

// The connection test is request 1, the probe of ids request 2, the warm-up 3: the fifth is a measured one.
describe('in the middle of a run: the request fails, is kept and counted, the others stand', () => {
  test.each([
    ['http-500', /500/],
    ['http-429', /429/],
    ['html', /HTML|not JSON/],
    ['bad-utf8', /UTF-8/],
    ['broken-json', /not JSON/],
    ['error-event', /error/],
    ['end-mid-stream', /ended/],
    ['reset-mid-stream', /ECONNRESET/],
    ['zero-tokens', /without a token/],
  ])('%s', async (kind, message) => {
    const ended = await against(['--fault', `${kind}@5`]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(message);
    expect(ended.stdout.replaceAll(/\s+/g, ' ')).toMatch(message);
    const records = (await readFile(path.join(await onlyRun(ended.folder), 'records.jsonl'), 'utf8'))
      .trim()
      .split('\n');
    expect(records).toHaveLength(4);
    expect(records.filter((line) => line.includes('"status":"failed"'))).toHaveLength(1);
  });

  test('a hang ends after --read-timeout', async () => {
    const ended = await against(['--fault', 'hang-mid-stream@5'], ['--read-timeout', '1', '--json']);
    expect(ended.code, ended.stderr).toBe(0);
    const row = readSummary(ended.stdout).rows[0];
    expect(row?.counts).toMatchObject({ measured: 2, failed: 1 });
    const failed = row?.requests.find((request) => request.outcome.status === 'failed');
    expect(failed?.outcome.failure).toBe('read-timeout');
  });
});

describe('what can be mended is mended and said', () => {
  test('a refused field is dropped once, with a warning', async () => {
    const ended = await against(['--fault', 'refuse-field:ignore_eos'], ['--json']);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr.match(/warning .*ignore_eos/g)).toHaveLength(1);
    const rules = readSummary(ended.stdout).rows[0]?.requests.map((request) => request.outcome.lengthRule);
    expect(new Set(rules)).toEqual(new Set(['min_tokens']));
  });

  test('a server that takes no ids gets text of exactly the length, by /tokenize', async () => {
    const ended = await against(['--no-prompt-ids'], ['--json', '--prompt-lengths', '8', '500']);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = readSummary(ended.stdout);
    expect(summary.workload.method).toBe('server-tokenize');
    expect(summary.rows.map((row) => [row.promptTokens, row.valid])).toEqual([
      [8, true],
      [500, true],
    ]);
  });

  test('without /tokenize the text is calibrated by the server, a BOS token included', async () => {
    const server = ['--no-prompt-ids', '--no-tokenize', '--added-tokens', '1'];
    const ended = await against(server, ['--json', '--prompt-lengths', '8', '500']);
    expect(ended.code, ended.stderr).toBe(0);
    const summary = readSummary(ended.stdout);
    expect(summary.workload.method).toBe('calibrated-text');
    expect(summary.rows.map((row) => row.valid)).toEqual([true, true]);
  });

  test('a reused connection that dies is replaced, and the attempt counted', async () => {
    const ended = await against(['--fault', 'reset-reused@3'], ['--json']);
    expect(ended.code, ended.stderr).toBe(0);
    const row = readSummary(ended.stdout).rows[0];
    expect(row?.counts.failed).toBe(0);
    expect(row?.requests.some((request) => request.attempts === 2)).toBe(true);
  });
});

describe('rows that must not be believed: exit 6, with the reason', () => {
  test.each([
    [['--fault', 'wrong-prompt-count@5'], /prompt tokens where 8 were asked for/],
    [['--fault', 'cache-hit'], /prefix cache/],
    [['--usage', 'off'], /not reported/],
  ])('%j', async (server, reason) => {
    const ended = await against(server);
    expect(ended.code, ended.stderr).toBe(6);
    expect(ended.stdout).toMatch(reason);
    expect(ended.stderr).toContain('E_NO_VALID_ROW');
  });

  test('a prompt over the context limit fails its row only; all rows over it are exit 5', async () => {
    const some = await against(['--max-model-len', '64'], ['--prompt-lengths', '8', '100', '--json']);
    expect(some.code, some.stderr).toBe(0);
    expect(readSummary(some.stdout).rows.map((row) => row.counts.failed)).toEqual([0, 3]);
    const all = await against(['--max-model-len', '64'], ['--prompt-lengths', '100', '200']);
    expect(all.code).toBe(5);
    expect(all.stderr).toMatch(/E_ALL_FAILED.*maximum context length/s);
  });

  test('a short output is shown with its actual count and marked', async () => {
    const ended = await against(['--fault', 'short-output@5'], ['--json', '--min-tokens', '0']);
    expect(ended.code, ended.stderr).toBe(0);
    const row = readSummary(ended.stdout).rows[0];
    expect(row?.marks).toContain('short-output');
    expect(Math.min(...(row?.requests ?? []).map((request) => request.outputTokens ?? NaN))).toBeLessThan(12);
  });
});
