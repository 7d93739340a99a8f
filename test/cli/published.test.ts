import { expect, test } from 'vitest';

import { tokometer } from '../support/tokometer.ts';

test('a table of 80 columns', async () => {
  const argv = ['published', '--model', 'qwen/qwen2.5-7b-instruct', '--input-length', '6144'];
  const ended = await tokometer(argv, { COLUMNS: '80' });
  expect(ended.code).toBe(0);
  expect(ended.stderr).toBe('');
  expect(ended.stdout).toMatch(/│ vLLM +│ 0\.6\.3 +│ BF16 +│ +6144 │ +80\.70 │/);
  expect(Math.max(...ended.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test.each([
  [['--model', 'Qwen3-9B'], /no published row has --model Qwen3-9B\nhint +the nearest models: .*Qwen3-8B/],
  [
    ['--model', 'Qwen3-8B', '--framework', 'vLLM'],
    /no published row has --model Qwen3-8B --framework vLLM\nhint +Qwen3-8B has SGLang, Transformers/,
  ],
  [['--hardware', 'H100'], /no published row has --hardware H100\nhint +there are SGLang, Transformers, vLLM;/],
  [['stray'], /"stray" is not an option of tokometer published/],
  [['--input-length', 'x'], /--input-length needs an integer/],
])('%j is told in one line, with what there is', async (argv, message) => {
  const ended = await tokometer(['published', ...argv]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toMatch(message);
  expect(ended.stdout).toBe('');
});

test('csv and json are data alone', async () => {
  const argv = ['published', '--model', 'Qwen3-8B', '--framework', 'SGLang', '--input-length', '1', '--format'];
  const csv = await tokometer([...argv, 'csv']);
  expect(csv.stdout.trimEnd().split('\n')).toHaveLength(4);
  const json = await tokometer([...argv, 'json']);
  expect(JSON.parse(json.stdout)).toHaveLength(3);
});
