import { TokometerError } from '../../base/errors.ts';
import {
  type Accelerator,
  createManagedEnvironment,
  listManagedEnvironments,
  type ManagedEnvironment,
  removeManagedEnvironment,
} from '../../engine/python/managed-environment.ts';

export interface EnvironmentWish {
  readonly action: string;
  readonly name: string | null;
  readonly python: string | null;
  readonly accelerator: Accelerator | null;
}

/** Makes, lists or removes the Python environments of the engines. Returns the lines of the answer; throws E_USAGE. */
export async function manageEnvironments(
  wish: EnvironmentWish,
  control: { progress(line: string): void; signal: AbortSignal },
): Promise<readonly string[]> {
  const { action, name } = wish;
  if (action === 'list' && name === null) {
    const all = await listManagedEnvironments(process.env);
    return all.length === 0 ? ['no environment yet: tokometer env create transformers'] : all.map(describe);
  }
  if (action === 'remove' && name !== null) {
    await removeManagedEnvironment(name, process.env);
    return [`${name} is removed`];
  }
  if (action === 'create' && (name === 'transformers' || name === 'vllm')) {
    const { python, accelerator } = wish;
    const made = await createManagedEnvironment({ name, python, accelerator, environment: process.env, ...control });
    return [describe(made)];
  }
  throw new TokometerError('E_USAGE', `tokometer env ${[action, name ?? ''].join(' ').trim()} is not a request`, {
    hint: 'tokometer env create transformers|vllm, env list, env remove NAME',
  });
}

function describe({ name, path, made }: ManagedEnvironment): string {
  return `${name.padEnd(14)} ${made === null ? 'not finished' : `${made.accelerator}, by ${made.tool}`}   ${path}`;
}
