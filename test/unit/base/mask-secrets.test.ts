import { expect, test } from 'vitest';

import { maskCommandLine, maskSecrets } from '../../../src/base/mask-secrets.ts';

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
