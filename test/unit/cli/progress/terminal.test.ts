import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { displayWidth } from '../../../../src/report/table/text-layout.ts';
import { screenOf, withoutCodes } from './recording-stream.ts';

const built = new URL('../../../../dist/', import.meta.url);
const child = fileURLToPath(new URL('terminal-child.js', import.meta.url));

// script of util-linux makes the pseudo-terminal; others of that name take other flags.
function whyNot(): string | null {
  const version = spawnSync('script', ['--version'], { encoding: 'utf8' });
  if (!/util-linux/.test(version.stdout ?? '')) return 'script of util-linux is not here';
  return existsSync(new URL('cli/progress/progress.js', built)) ? null : 'dist is not built';
}

test('a real terminal is left with its lines, its cursor and no live line', async (context) => {
  const reason = whyNot();
  if (reason !== null) process.stderr.write(`skipped, the pseudo-terminal test: ${reason}\n`);
  context.skip(reason !== null, reason ?? '');
  const command = `stty cols 40 rows 12; "${process.execPath}" "${child}" "${built.href}"`;
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], { timeout: 20_000 });

  expect(screenOf(stdout)).toEqual([
    'tokometer perf · reference',
    '',
    '✔ engine     ready',
    '! warning    a warning that is longer',
    '             than the forty columns of',
    '             this terminal',
    '✔ 64         1 repetition · last: 99.5',
    '             tok/s, TTFT 50 ms',
    'columns 40',
    '',
  ]);
  const escape = '\u001b';
  const frames = stdout.split(`${escape}[2K`).filter((frame) => frame.includes('repetition 1 of 1'));
  expect(frames.length).toBeGreaterThanOrEqual(4);
  expect(frames.length).toBeLessThanOrEqual(12);
  for (const frame of frames) {
    const shown = withoutCodes(frame).replaceAll(/[\r\n]/g, '');
    expect(displayWidth(shown)).toBeLessThan(40);
  }
  expect(stdout.lastIndexOf(`${escape}[?25h`)).toBeGreaterThan(stdout.lastIndexOf(`${escape}[?25l`));
});
