import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { temporaryFolder, tokometer } from '../support/tokometer.ts';

/** Writes the script of a shell into a file; null, and said so, where there is no such shell. */
async function scriptOf(shell: string): Promise<string | null> {
  if (spawnSync(shell, ['--version']).error !== undefined) {
    process.stderr.write(`skipped, completion in ${shell}: there is no ${shell} here\n`);
    return null;
  }
  const { code, stdout } = await tokometer(['completion', shell]);
  expect(code).toBe(0);
  const folder = await temporaryFolder();
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, 'script');
  await writeFile(file, stdout);
  return file;
}

function outputOf(shell: string, script: string): string[] {
  const { stdout, stderr } = spawnSync(shell, ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split(/\s*\n\s*/);
}

describe('completion', () => {
  test('in bash: commands, flags, and the values of a flag', async (context) => {
    const file = await scriptOf('bash');
    context.skip(file === null, 'there is no bash here');
    const replies = (words: string): string[] => {
      const place = words.split(' ').length - 1;
      const line = `source ${file}; COMP_WORDS=(${words}); COMP_CWORD=${place}; _tokometer; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return outputOf('bash', line);
    };
    expect(replies('tokometer re')).toEqual(['report', 'reference']);
    expect(replies('tokometer perf --prompt-l')).toEqual(['--prompt-lengths']);
    expect(replies('tokometer perf --api local_l')).toEqual(['local_llama_server', 'local_llama']);
    expect(replies('tokometer perf --no-')).toContain('--no-test-connection');
    expect(replies('tokometer report /etc/host')).toContain('/etc/hosts');
    expect(replies('tokometer report --format ca')).toEqual(['card']);
    expect(replies('tokometer he')).toEqual(['help']);
    expect(replies('tokometer help me')).toEqual(['metrics']);
    expect(replies('tokometer help metrics tt')).toEqual(['ttft']);
  });

  test('in fish: with descriptions', async (context) => {
    const file = await scriptOf('fish');
    context.skip(file === null, 'there is no fish here');
    const offers = (line: string): string[] => outputOf('fish', `source ${file}; complete -C '${line}'`);
    expect(offers('tokometer compa')).toEqual([expect.stringMatching(/^compare\tcompare two results/)]);
    expect(offers('tokometer perf --prompt-l')).toEqual([expect.stringMatching(/^--prompt-lengths\t/)]);
    expect(offers('tokometer perf --api local_ll').map((line) => line.split('\t')[0])).toEqual([
      'local_llama',
      'local_llama_server',
    ]);
  });

  test('in fish: what help explains', async (context) => {
    const file = await scriptOf('fish');
    context.skip(file === null, 'there is no fish here');
    const offers = (line: string): string[] => outputOf('fish', `source ${file}; complete -C '${line}'`);
    expect(offers('tokometer help me')).toEqual(['metrics']);
    expect(offers('tokometer help metrics tt')).toEqual(['ttft']);
  });

  test('in zsh: the script is taken, and defines the completion', async (context) => {
    const file = await scriptOf('zsh');
    context.skip(file === null, 'there is no zsh here');
    const load = `autoload -U compinit && compinit -u -D && source ${file} && print $_comps[tokometer]`;
    expect(outputOf('zsh', load)).toEqual(['_tokometer']);
  });

  test.each([[[]], [['tcsh']], [['bash', 'zsh']]])('%j is a usage error', async (words) => {
    const { code, stderr } = await tokometer(['completion', ...words]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/takes the name of a shell, got .*\n.*bash, zsh or fish/);
  });
});
