import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { exitCodes } from '../../src/base/errors.ts';
import { commands } from '../../src/cli/commands.ts';
import { examplesOf, usageOf } from '../../src/cli/help-text.ts';
import { helpTopics } from '../../src/cli/help/topics.ts';
import { describedMetrics } from '../../src/metrics/metric-reference.ts';
import { runFiles } from '../../src/store/run-files.ts';
import { onlyRun, temporaryFolder, tokometer } from '../support/tokometer.ts';

const docs = path.resolve(import.meta.dirname, '../../docs');

/** What help prints, on stdout alone. */
async function helped(...words: string[]): Promise<string> {
  const ended = await tokometer(['help', ...words]);
  expect([ended.code, ended.stderr]).toEqual([0, '']);
  return ended.stdout;
}

/** Without line breaks and indents, as it was before it was fitted to a width. */
const unwrapped = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('tokometer help', () => {
  test('alone lists commands and topics', async () => {
    const text = await helped();
    expect(text).toMatch(/Commands:\n {2}perf /);
    for (const { name, describe: about } of helpTopics)
      expect(text).toMatch(new RegExp(`^ {2}${name} +${about}$`, 'm'));
  });

  test.each(helpTopics.map(({ name }) => name))('%s fits 80 columns, in plain text', async (name) => {
    const text = await helped(name);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/\u001b|`|\n\n\n/);
  });

  test('metrics has each metric as the docs have it: label, unit and formula', async () => {
    const text = unwrapped(await helped('metrics'));
    const page = await readFile(path.join(docs, 'metrics.md'), 'utf8');
    for (const { id, label, unit, formula } of describedMetrics) {
      expect(text).toContain(unwrapped(`${id} ${label} [${unit}`));
      expect(text).toContain(unwrapped(`= ${formula}`));
      expect(page).toContain(`\`${id}\` | ${label} |`);
    }
  });

  test('metrics ttft is one of them, hyphens and underscores are the same', async () => {
    const text = await helped('metrics', 'ttft');
    expect(text).toMatch(/^ttft\n {4}Time to first token \[ms, lower is better\]\n {4}= t1 - t0/);
    expect(await helped('metrics', 'generated-speed')).toMatch(/^generated_speed\n/);
    expect(await helped('metrics', 'tpot', 'ttft')).toMatch(/^tpot\n[^]*\n\nttft\n/);
  });

  test('exit-codes has each code and the errors that end with it', async () => {
    const text = await helped('exit-codes');
    for (const code of Object.values(exitCodes)) expect(text).toMatch(new RegExp(`^${code}$`, 'm'));
    expect(unwrapped(text)).toMatch(/ 2 [^]*Errors: E_USAGE, E_PLAN, E_RUN_DIRECTORY/);
  });

  test('environment has the variables of the option tables', async () => {
    expect(await helped('environment')).toMatch(/^TOKOMETER_API_KEY\n {4}--api-key of tokometer perf/m);
  });

  test('files has every file that a run leaves', async () => {
    const folder = await temporaryFolder();
    onTestFinished(() => folder.remove());
    const argv = ['--ttft-ms', '1', '--itl-ms', '0', '--prompt-lengths', '1', '--max-tokens', '2', '--quiet'];
    const ended = await tokometer(['perf', '--api', 'reference', ...argv, '--outputs-dir', folder.path]);
    expect(ended.code, ended.stderr).toBe(0);
    const names = await readdir(await onlyRun(folder.path));
    expect(names.filter((name) => runFiles[name] === undefined)).toEqual([]);
    expect(names.length).toBeGreaterThan(8);
    const text = await helped('files');
    for (const name of names) expect(text).toContain(`\n${name}\n    `);
  });

  test.each(commands.map(({ name }) => name).filter((name) => name !== 'help'))(
    '%s says how it is called, its options by group, and examples of it',
    async (name) => {
      const text = await helped(name);
      expect(text).toContain(`Usage: ${usageOf(name)}\n`);
      const groups = Object.values((await commands.find((one) => one.name === name)?.options()) ?? {});
      for (const { group } of groups) expect(text).toContain(`\n${group}:\n`);
      expect(examplesOf(name).length).toBeGreaterThan(0);
      for (const example of examplesOf(name)) {
        expect(example).toContain(`tokometer ${name}`);
        expect(text).toContain(`\n  ${example}\n`);
      }
    },
  );

  test('perf is perf --help', async () => {
    const { stdout } = await tokometer(['perf', '--help']);
    expect(await helped('perf')).toBe(stdout);
  });

  test.each([
    [
      ['metrcs'],
      /"metrcs" is neither a command nor a topic of tokometer help\n.*did you mean tokometer help metrics\?/,
    ],
    [['weather'], /"weather" is neither a command nor a topic of tokometer help\n.*the topics are metrics, formats/],
    [['metrics', 'ttf'], /"ttf" is not in tokometer help metrics\n.*did you mean tokometer help metrics ttft\?/],
    [['metrics', 'happiness'], /"happiness" is not in tokometer help metrics\n.*tokometer help metrics lists all/],
  ])('%j is a usage error that names what is near', async (words, message) => {
    const ended = await tokometer(['help', ...words]);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(message);
  });
});

const manPage = path.resolve(docs, '../man/tokometer.1');

describe('man/tokometer.1', () => {
  test('has no fault that groff knows, and reads as a man page', (context) => {
    const { error, stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-Tascii', '-P-cbou', manPage], {
      encoding: 'utf8',
    });
    context.skip(error !== undefined, 'there is no groff here');
    expect(stderr).toBe('');
    const heads = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'OPTIONS', 'EXAMPLES'];
    expect(stdout.match(/^[A-Z][A-Z ]+$/gm)).toEqual([...heads, 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'SEE ALSO']);
    expect(stdout).toMatch(/^ +--max-tokens integer\n +Tokens to generate\. Default: 2048\.$/m);
  });

  test('is what npm installs for man', async () => {
    const text = await readFile(path.resolve(docs, '../package.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ man: 'man/tokometer.1', files: expect.arrayContaining(['man']) });
  });
});
