// What is not as it was when a run is repeated. Pure: facts of then and now in, differences in words out; what one side does
// not tell is no difference.
import { maskedText } from '../base/mask-secrets.ts';
import { formatBytes } from '../base/units.ts';
import type { EngineFacts } from '../contract/engine.ts';
import type { EnvironmentFacts } from '../contract/environment.ts';
import type { FileManifest, ManifestFacts, ModelManifest, RepeatDifference } from '../contract/manifest.ts';
import { settingsOfBoth } from './comparison/fingerprint.ts';

interface MachineFacts {
  readonly environment: EnvironmentFacts | null;
  /** Left out by runs of earlier versions. */
  readonly variables?: ManifestFacts['variables'];
  readonly driver?: string | null;
}

const machineFields = [
  ['tokometer', 'Tokometer'],
  ['node', 'Node.js'],
  ['hostCpu', 'CPU'],
  ['cores', 'cores'],
  ['architecture', 'architecture'],
  ['os', 'operating system'],
  ['kernel', 'kernel'],
  ['container', 'container'],
  ['cpuGovernor', 'CPU governor'],
] as const satisfies readonly (readonly [keyof EnvironmentFacts, string])[];

const notSet = 'not set';

// What only the requests of a run show is not known yet when the next one begins.
const learnt = new Set(['chunkCounting', 'lengthRule', 'fieldsLeftOut']);

/** Of the machine, its software and its environment variables. */
export function differencesOfMachines(before: MachineFacts, now: MachineFacts): RepeatDifference[] {
  const found = new Differences();
  const [one, other] = [before.environment, now.environment];
  if (one !== null && other !== null) {
    for (const [field, what] of machineFields) found.compare(what, textOf(one[field]), textOf(other[field]));
    found.compare('memory', formatBytes(one.memoryBytes), formatBytes(other.memoryBytes));
  }
  found.compare('GPU driver', before.driver ?? null, now.driver ?? null);
  const [variables, others] = [before.variables, now.variables];
  if (variables === undefined || others === undefined) return found.all;
  for (const name of [...new Set([...Object.keys(variables), ...Object.keys(others)])].toSorted()) {
    // Of a secret only that it was there is known.
    if (variables[name] === maskedText || others[name] === maskedText) continue;
    found.compare(name, variables[name] ?? notSet, others[name] ?? notSet);
  }
  return found.all;
}

/** Of the engine: its version, what lies below it, and its settings. */
export function differencesOfEngines(before: EngineFacts | null, now: EngineFacts): RepeatDifference[] {
  if (before === null) return [];
  const found = new Differences();
  found.compare('engine', before.name, now.name);
  found.compare('engine version', before.version, now.version);
  found.compare('device', before.device, now.device);
  found.compare('weights', before.weights, now.weights);
  found.compare('dtype', before.dtype, now.dtype);
  found.compare('max length', textOf(before.maxLength), textOf(now.maxLength));
  found.compare('prefix cache', before.cache, now.cache);
  for (const [name, version] of Object.entries(before.packages ?? {})) {
    found.compare(name, version, now.packages?.[name] ?? 'not installed');
  }
  for (const [name, one, other] of settingsOfBoth(before.settings, now.settings)) {
    if (learnt.has(name)) continue;
    found.compare(`engine ${name}`, String(one), String(other));
  }
  return found.all;
}

/** Of the model's files, by their digests. */
export function differencesOfModels(before: ModelManifest | null, now: ModelManifest | null): RepeatDifference[] {
  if (before === null || now === null) return [];
  const found = new Differences();
  found.compare('model revision', before.revision, now.revision);
  const files = new Map(now.files.map((file) => [file.path, file]));
  for (const file of before.files) {
    const other = files.get(file.path);
    files.delete(file.path);
    found.compare(
      `model file ${file.path}`,
      digestText(file, other),
      other === undefined ? 'gone' : digestText(other, file),
    );
  }
  for (const path of files.keys()) found.compare(`model file ${path}`, 'not there', 'there');
  return found.all;
}

// Digests of two methods can't be held against each other; sizes can.
function digestText(file: FileManifest, other: FileManifest | undefined): string {
  const size = `${file.bytes} bytes`;
  const isSameMethod = other === undefined || other.method === file.method;
  return isSameMethod ? `${size}, ${file.method} ${file.digest.slice(0, 12)}` : size;
}

class Differences {
  readonly all: RepeatDifference[] = [];

  /** null: not told. */
  compare(what: string, before: string | null, now: string | null): void {
    if (before !== null && now !== null && before !== now) this.all.push({ what, before, now });
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
