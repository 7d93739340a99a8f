import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { splitWords } from '../../../src/plan/option/split-words.ts';

describe('words are cut as a shell cuts them', () => {
  test.each([
    ['', []],
    ['   ', []],
    ['--enforce-eager', ['--enforce-eager']],
    ['  --a  1\t--b\n2 ', ['--a', '1', '--b', '2']],
    [`--hf-overrides '{"rope": {"factor": 4.0}}'`, ['--hf-overrides', '{"rope": {"factor": 4.0}}']],
    [String.raw`"a \"b\" \\ \n" c`, [String.raw`a "b" \ \n`, 'c']],
    [String.raw`'a\b'`, [String.raw`a\b`]],
    [String.raw`a\ b \'c`, ['a b', "'c"]],
    [`--name='' ""`, ['--name=', '']],
    [`pre'fix'"ed"`, ['prefixed']],
    ['a\\\nb', ['ab']],
  ])('%j', (text, words) => {
    expect(splitWords(text)).toEqual(words);
    // A bare line's end would end the shell's own command.
    if (/[^\\]\n/.test(text) || words.length === 0) return;
    const shell = execFileSync('sh', ['-c', `for word in ${text}; do printf '%s\\0' "$word"; done`], {
      encoding: 'utf8',
    });
    expect(shell.split('\0').slice(0, -1)).toEqual(words);
  });

  test('nothing is expanded', () => {
    expect(splitWords('$HOME *.ts ~ `id` {a,b} #x ; |')).toEqual([
      '$HOME',
      '*.ts',
      '~',
      '`id`',
      '{a,b}',
      '#x',
      ';',
      '|',
    ]);
  });

  test.each([`'open`, `a "b`, `"it's`])('a quote that does not end is refused: %s', (text) => {
    expect(() => splitWords(text)).toThrow(/does not end/);
  });
});
