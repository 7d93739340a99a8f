import { expect, test } from 'vitest';

import { maskCommandLine, maskSecrets, maskVariable } from '../../../src/base/mask-secrets.ts';

test('secrets are masked at any depth, counts of tokens are not', () => {
  expect(
    maskSecrets({
      apiKey: 'sk-1',
      headers: { Authorization: 'Bearer x', 'x-auth-token': 't', 'x-team': 'speed', Cookie: 'a=b' },
      extraArguments: { max_tokens: 5, hf_token: 'hf_1', password: 'p' },
      tokenizerPath: '/models/t.json',
      url: 'http://user:pass@host:8000/v1?api_key=k&a=1',
      apiKeyMissing: null,
    }),
  ).toEqual({
    apiKey: '***',
    headers: { Authorization: '***', 'x-auth-token': '***', 'x-team': 'speed', Cookie: '***' },
    extraArguments: { max_tokens: 5, hf_token: '***', password: '***' },
    tokenizerPath: '/models/t.json',
    url: 'http://***@host:8000/v1?api_key=***&a=1',
    apiKeyMissing: null,
  });
});

test('a command line keeps its flags and loses its secrets', () => {
  expect(
    maskCommandLine([
      'perf',
      '--api-key',
      'sk-1',
      '--model',
      'q',
      '--headers',
      'a=1',
      'b=2',
      '--api_key=sk-2',
      '--proxy=http://me:hush@proxy:3128',
      '--proxy',
      'http://me:hush@proxy:3128',
      '--seed',
      '1',
    ]),
  ).toEqual([
    'perf',
    '--api-key',
    '***',
    '--model',
    'q',
    '--headers',
    'a=***',
    'b=***',
    '--api-key=***',
    '--proxy=http://***@proxy:3128',
    '--proxy',
    'http://***@proxy:3128',
    '--seed',
    '1',
  ]);
});

test('the words of a command lose the secrets of their flags, and a prompt stays as it is', () => {
  const words = ['--api-key', 'k1', '--hf-token=k2', '--max-tokens', '5', '--model', 'q'];
  expect(maskSecrets({ engineArguments: words, command: words.join(' '), prompt: 'use --api-key k1' })).toEqual({
    engineArguments: ['--api-key', '***', '--hf-token=***', '--max-tokens', '5', '--model', 'q'],
    command: '--api-key *** --hf-token=*** --max-tokens 5 --model q',
    prompt: 'use --api-key k1',
  });
  expect(maskCommandLine(['perf', '--engine-args', '--block-size 32 --api-key k1'])).toEqual([
    'perf',
    '--engine-args',
    '--block-size 32 --api-key ***',
  ]);
});

test.each([
  ['HF_TOKEN', 'abc', '***'],
  ['VLLM_API_KEY', 'abc', '***'],
  ['HF_HOME', 'hf_0123456789abcdef', '***'],
  ['HF_HOME', '/data/hf', '/data/hf'],
  ['SGLANG_MAX_TOKENS', '5', '5'],
  ['HTTPS_PROXY', 'http://me:p@ss/word@proxy:3128', 'http://***@proxy:3128'],
  ['http_proxy', 'me:hush@proxy:3128', '***@proxy:3128'],
  ['NO_PROXY', 'localhost,10.0.0.0/8', 'localhost,10.0.0.0/8'],
])('the environment variable %s=%s is kept as %s', (name, value, kept) => {
  expect(maskVariable(name, value)).toBe(kept);
});
