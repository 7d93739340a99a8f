import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { onlyRun, temporaryFolder, tokometer } from '../support/tokometer.ts';

const run = promisify(execFile);
const hostile = '<img src=x onerror="document.title=1">&amp;';

let outputs: { path: string; remove(): Promise<void> };
let browser: string | null = null;
beforeAll(async () => {
  outputs = await temporaryFolder();
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      await run(name, ['--version']);
      browser ??= name;
    } catch {
      // The next one may be there.
    }
  }
});
afterAll(() => outputs.remove());

/** The page as the browser built it, with what it wrote to its console. */
async function open(page: string): Promise<{ dom: string; console: string }> {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'tokometer-browser-'));
  const quiet = '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update';
  const argv = [...quiet.split(' '), '--disable-sync', '--no-first-run', '--enable-logging=stderr', '--v=0'];
  try {
    const { stdout, stderr } = await run(browser ?? '', [...argv, `--user-data-dir=${profile}`, '--dump-dom', page], {
      maxBuffer: 1 << 26,
    });
    return {
      dom: stdout,
      console: stderr
        .split('\n')
        .filter((line) => line.includes('CONSOLE'))
        .join('\n'),
    };
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}

test('report.html opens in a real browser without a message, and a hostile model name is text', async (context) => {
  if (browser === null) context.skip('no chromium here');
  const argv = 'perf --api reference --ttft-ms 2 --itl-ms 1 --max-tokens 8 --prompt-lengths 1 64 --name run --model';
  const ended = await tokometer([...argv.split(' '), hostile, '--outputs-dir', outputs.path]);
  expect(ended.code, ended.stderr).toBe(0);
  const page = await open(`file://${path.join(await onlyRun(outputs.path), 'report.html')}`);
  expect(page.console).toBe('');
  expect(page.dom).toContain('&lt;img src=x onerror=');
  expect(page.dom).not.toContain('<img');
  expect(page.dom).not.toContain('<title>1</title>');
  expect(page.dom.match(/<svg/g)?.length).toBeGreaterThanOrEqual(1);
});
