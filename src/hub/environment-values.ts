import { homedir } from 'node:os';
import { join } from 'node:path';

import { TokometerError } from '../base/errors.ts';
import type { Environment } from './model-request.ts';

/** The first of these variables that is set to something. */
export function firstSet(environment: Environment, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = environment[name]?.trim();
    if (value !== undefined && value !== '') return value;
  }
  return null;
}

/** A token that can be sent. Throws E_MODEL_FILE for another, without showing it: HTTP would refuse it, and show it. */
export function checkedToken(token: string | null, variable: string): string | null {
  if (token === null || /^[!-~]+$/.test(token)) return token;
  throw new TokometerError('E_MODEL_FILE', `${variable} holds characters that no token has`, {
    hint: `set ${variable} again, without spaces and line breaks, or unset it for models that are open`,
  });
}

/** A switch as the hubs' Python clients read it. */
export function isOn(environment: Environment, name: string): boolean {
  return /^(1|on|yes|true)$/i.test(environment[name]?.trim() ?? '');
}

/** A duration in seconds, in milliseconds. */
export function secondsAsMs(environment: Environment, name: string, otherwiseMs: number): number {
  const seconds = Number(firstSet(environment, name) ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : otherwiseMs;
}

export function homeOf(environment: Environment): string {
  return firstSet(environment, 'HOME', 'USERPROFILE') ?? homedir();
}

/** A path whose `~` stands for the home folder. */
export function expandHome(path: string, environment: Environment): string {
  return path === '~' || path.startsWith('~/') ? join(homeOf(environment), path.slice(1)) : path;
}

/** The switch of Hugging Face's clients; ModelScope has none of its own, so that it holds for both. */
export function isOffline(environment: Environment): boolean {
  return isOn(environment, 'HF_HUB_OFFLINE') || isOn(environment, 'TRANSFORMERS_OFFLINE');
}
