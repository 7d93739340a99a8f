import { describe, expect, test } from 'vitest';

import { neededFiles } from '../../../src/hub/needed-files.ts';
import { wantedFiles } from '../../../src/hub/wanted-files.ts';

const wanted = (paths: readonly string[], need: 'weights' | 'config' = 'weights'): string[] =>
  wantedFiles(
    paths.map((path) => ({ path })),
    need,
  ).map(({ path }) => path);

describe('weights', () => {
  test.each([
    [
      'safetensors before all others',
      ['a.safetensors', 'a.bin', 'a.pt', 'a.gguf', 'a.h5', 'a.msgpack', 'a.onnx'],
      ['a.safetensors'],
    ],
    ['.bin before .pt and .pth', ['a.bin', 'a.pt', 'a.pth'], ['a.bin']],
    ['.pt and .pth at last', ['a.pt', 'a.pth'], ['a.pt', 'a.pth']],
    ['no state of a training', ['training_args.bin', 'optimizer.pt', 'rng_state_0.pth', 'a.bin'], ['a.bin']],
    ["no second copy in Mistral's form", ['consolidated.safetensors', 'model.safetensors'], ['model.safetensors']],
    ["Mistral's form alone", ['consolidated.safetensors', 'params.json'], ['params.json', 'consolidated.safetensors']],
    ['no other forms below the top', ['model.safetensors', 'fp16/model.safetensors'], ['model.safetensors']],
    [
      'the index of the form that is taken',
      ['m.safetensors.index.json', 'm.bin.index.json', 'm.safetensors'],
      ['m.safetensors.index.json', 'm.safetensors'],
    ],
    [
      'nothing of original/, onnx/ and hidden folders',
      ['original/params.json', 'onnx/config.json', '.git/config.json', 'a.bin'],
      ['a.bin'],
    ],
  ])('%s', (_, paths, expected) => {
    expect(wanted(paths)).toEqual(expected);
  });

  test('configuration, tokenizers and code of any kind', () => {
    const names = [
      'config.json',
      'spiece.model',
      'qwen.tiktoken',
      'merges.txt',
      'vocab.txt',
      'chat_template.jinja',
      'code.py',
    ];
    expect(wanted([...names, 'README.md', 'notes.txt', 'picture.png'])).toEqual(names);
  });
});

test('configuration alone leaves weights and their index out', () => {
  expect(wanted(['config.json', 'm.safetensors', 'm.safetensors.index.json', 'tokenizer.json'], 'config')).toEqual([
    'config.json',
    'tokenizer.json',
  ]);
});

test.each([
  '../config.json',
  '/etc/passwd',
  'a/../../b.json',
  'a//b.json',
  'a\\..\\b.json',
  'C:/b.json',
  './a.json',
  'a\0.json',
])('a hub that lists %j is not followed', (path) => {
  const listed = ['config.json', path].map((name) => ({ path: name, bytes: 1, digest: null }));
  const asked = { name: 'a/b', need: 'config', title: 'A hub' } as const;
  expect(() => neededFiles(listed, asked)).toThrow(/leaves its folder/);
});

test('a model of GGUF files alone is refused with what to do', () => {
  const listed = [{ path: 'model-q4_0.gguf', bytes: 1, digest: null }];
  expect(() => neededFiles(listed, { name: 'a/b', need: 'weights', title: 'A hub' })).toThrow(
    expect.objectContaining({ code: 'E_MODEL_FILE', hint: expect.stringContaining('give its path as --model') }),
  );
});
