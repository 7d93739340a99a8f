import { TokometerError } from '../base/errors.ts';
import type { ModelNeed } from './model-request.ts';
import type { RemoteFile } from './remote-file.ts';
import { wantedFiles, weightFiles } from './wanted-files.ts';

/**
 * The listed files that an engine needs. Throws E_MODEL_FILE when the model has none that it could load, and for a
 * path that leaves the folder.
 */
export function neededFiles(
  listed: readonly RemoteFile[],
  { name, need, title }: { name: string; need: ModelNeed; title: string },
): RemoteFile[] {
  for (const { path } of listed) refuseUnsafePath(path);
  const files = wantedFiles(listed, need);
  if (need === 'weights' && weightFiles(files).length === 0) {
    const gguf = listed.some(({ path }) => path.endsWith('.gguf'));
    throw new TokometerError('E_MODEL_FILE', `${name} on ${title} holds no weights in safetensors, .bin or .pt form`, {
      hint: gguf
        ? 'its GGUF files are for llama.cpp: download one of them and give its path as --model'
        : 'name another model with --model, or measure random weights with --load-format dummy',
    });
  }
  if (files.length === 0) {
    throw new TokometerError('E_MODEL_FILE', `${name} on ${title} holds no config.json`, {
      hint: 'name another model with --model',
    });
  }
  return files;
}

function refuseUnsafePath(path: string): void {
  const parts = path.split('/');
  if (!path.includes('\\') && !path.includes('\0') && !/^[a-z]:/i.test(path)) {
    if (parts.every((part) => part !== '' && part !== '.' && part !== '..')) return;
  }
  throw new TokometerError('E_MODEL_FILE', `the hub lists the file ${JSON.stringify(path)}, which leaves its folder`, {
    hint: 'such a repository is not safe to download; name another with --model',
  });
}
