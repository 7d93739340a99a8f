import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { messageOf, TokometerError } from '../../base/errors.ts';
import { fileName } from '../../base/escape.ts';
import { formatCount } from '../../base/units.ts';
import { modelConfig, needsYarn } from '../../catalog/model-config.ts';
import { findModelShape, listModelShapes } from '../../catalog/model-shapes.ts';
import type { Tell } from '../../contract/engine.ts';
import type { TransformersPlan } from '../../contract/plan.ts';

export interface ModelFolderInput {
  readonly plan: TransformersPlan;
  readonly model: string;
  /** Where the model lies; null: nowhere, its shape is taken from the catalogue. */
  readonly modelPath: string | null;
  /** Longest prompt + generation; null: unknown. */
  readonly maxLength: number | null;
  readonly tell: Tell;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The folder that the worker loads: the given one, or one with nothing but a config.json of the published shape. */
export async function findModelFolder(input: ModelFolderInput): Promise<string> {
  const { modelPath, plan } = input;
  if (modelPath !== null) return givenFolder(modelPath, plan.loadFormat);
  if (plan.loadFormat !== 'dummy') {
    throw new TokometerError('E_MODEL_FILE', `there is no folder with the model ${input.model}`, {
      hint: 'give a folder with --model, or add --load-format dummy: random weights of a published shape',
    });
  }
  return shapeFolder(input);
}

async function givenFolder(path: string, loadFormat: TransformersPlan['loadFormat']): Promise<string> {
  const text = await readFile(join(path, 'config.json'), 'utf8').catch(() => null);
  if (text === null) {
    throw new TokometerError('E_MODEL_FILE', `there is no config.json in ${path}`, {
      hint: 'give a model folder as Transformers writes it with --model',
    });
  }
  const method = quantizationOf(path, text);
  if (loadFormat === 'dummy' && method !== null) throw noQuantizedDummy(path, method);
  return path;
}

/** The method of `quantization_config`; null for a checkpoint that is not quantised. */
function quantizationOf(path: string, text: string): string | null {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new TokometerError('E_MODEL_FILE', `config.json in ${path} is not JSON: ${messageOf(error)}`, {
      hint: 'fetch the model again, or name another with --model',
      cause: error,
    });
  }
  const quantization =
    field(config, 'quantization_config') ?? field(field(config, 'text_config'), 'quantization_config');
  if (quantization === null) return null;
  const method = field(quantization, 'quant_method');
  const bits = field(quantization, 'bits') ?? field(quantization, 'w_bit');
  return `${typeof method === 'string' ? method : 'quantised'}${typeof bits === 'number' ? ` ${bits} bit` : ''}`;
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return null;
  return new Map<string, unknown>(Object.entries(value)).get(name) ?? null;
}

function noQuantizedDummy(model: string, method: string): TokometerError {
  return new TokometerError(
    'E_PLAN',
    `--load-format dummy can't fill the packed weights of ${model} (${method}): they would stay uninitialised`,
    { hint: 'name the checkpoint that is not quantised with --model, or use real weights' },
  );
}

async function shapeFolder({ model, maxLength, tell, environment }: ModelFolderInput): Promise<string> {
  const quantized = /-(gptq(?:-int\d)?|awq)/i.exec(model)?.[1];
  if (quantized !== undefined) throw noQuantizedDummy(model, quantized);
  const shape = findModelShape(model);
  if (shape === null) {
    const known = listModelShapes().map(({ name }) => name);
    throw new TokometerError('E_PLAN', `--load-format dummy does not know the shape of --model ${model}`, {
      hint: `give a folder with config.json, or a known shape: ${known.join(', ')}`,
    });
  }
  const stretched = needsYarn(shape, maxLength);
  if (stretched) {
    tell.note(
      `${shape.name} holds ${formatCount(shape.contextLength)} tokens: for the longest row the published YaRN override is on`,
    );
  }
  const folder = join(cacheDirectory(environment), `${fileName(shape.name)}${stretched ? '-yarn' : ''}`);
  const text = `${JSON.stringify(modelConfig(shape, maxLength), null, 2)}\n`;
  const path = join(folder, 'config.json');
  try {
    await mkdir(folder, { recursive: true });
    if ((await readFile(path, 'utf8').catch(() => null)) !== text) {
      // Another run may read it right now: it is there as a whole or not at all.
      await writeFile(`${path}.${process.pid}`, text);
      await rename(`${path}.${process.pid}`, path);
    }
  } catch (error) {
    throw new TokometerError('E_OUTPUT', `the configuration ${path} can't be written: ${messageOf(error)}`, {
      hint: 'set XDG_CACHE_HOME to a folder that can be written',
      cause: error,
    });
  }
  return folder;
}

function cacheDirectory(environment: ModelFolderInput['environment']): string {
  const cache = environment['XDG_CACHE_HOME'];
  const root = cache !== undefined && isAbsolute(cache) ? cache : join(environment['HOME'] ?? homedir(), '.cache');
  return join(root, 'tokometer', 'shapes');
}
