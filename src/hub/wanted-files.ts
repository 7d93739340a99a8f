import type { ModelNeed } from './model-request.ts';

interface Listed {
  readonly path: string;
}

const skippedFolders = /^(original|onnx|openvino|coreml|runs|\..*)\//;
const trainingState = /^(training_args|optimizer|scheduler|scaler|rng_state.*)\.(bin|pt|pth)$/;
const besideWeights = /(\.(json|jinja|py|model|tiktoken)|(^|\/)(merges|vocab)[^/]*\.txt)$/;

/**
 * The files that an engine reads: configuration, tokenizer and remote code, and with them the weights in the first
 * form that is there: safetensors, then .bin, then .pt and .pth.
 */
export function wantedFiles<File extends Listed>(files: readonly File[], need: ModelNeed): File[] {
  const open = files.filter(({ path }) => !skippedFolders.test(path));
  const small = open.filter(({ path }) => besideWeights.test(path));
  if (need === 'config') return small.filter(({ path }) => !path.endsWith('.index.json'));
  const weights = weightFiles(open);
  const form = weights[0] === undefined ? null : extensionOf(weights[0].path);
  return [...small.filter(({ path }) => isIndexOf(path, form)), ...weights];
}

/** The weights among a repository's files, in the one form that an engine would load. */
export function weightFiles<File extends Listed>(files: readonly File[]): File[] {
  for (const extensions of [['safetensors'], ['bin'], ['pt', 'pth']]) {
    const found = files.filter(
      ({ path }) => extensions.includes(extensionOf(path)) && !trainingState.test(path) && !skippedFolders.test(path),
    );
    // Engines look at the top of the folder alone; below it are other forms of the same weights.
    const top = found.filter(({ path }) => !path.includes('/'));
    const taken = withoutConsolidated(top.length > 0 ? top : found);
    if (taken.length > 0) return taken;
  }
  return [];
}

// Mistral's own form of the same weights, beside the one that every engine reads.
function withoutConsolidated<File extends Listed>(files: File[]): File[] {
  const others = files.filter(({ path }) => !/^consolidated[^/]*\.safetensors$/.test(path));
  return others.length > 0 ? others : files;
}

function isIndexOf(path: string, form: string | null): boolean {
  const match = /\.([a-z]+)\.index\.json$/.exec(path);
  return match === null || form === null || match[1] === form;
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}
