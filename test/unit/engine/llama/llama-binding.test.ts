import { describe, expect, it } from 'vitest';
import { loadLlamaBinding } from '../../../../src/engine/llama/llama-binding.ts';
import { listeningTell } from './tiny-model.ts';

describe('llama binding', () => {
  it('says how to install the package when it is not there', async () => {
    const absent = Object.assign(new Error("Cannot find package 'node-llama-cpp'"), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(loadLlamaBinding(listeningTell(), () => Promise.reject(absent))).rejects.toMatchObject({
      code: 'E_MISSING_PACKAGE',
      exitCode: 3,
      hint: expect.stringMatching(
        /npm install node-llama-cpp@3\.22\.1 .*--omit=optional --ignore-scripts .*@node-llama-cpp\//,
      ),
    });
  });

  it('passes on what else keeps the package from loading', async () => {
    const broken = new Error('GLIBC_2.99 not found');
    await expect(loadLlamaBinding(listeningTell(), () => Promise.reject(broken))).rejects.toMatchObject({
      code: 'E_ENGINE_START',
      message: 'llama.cpp did not start: GLIBC_2.99 not found',
    });
  });
});
