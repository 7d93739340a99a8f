import { isAbsolute } from 'node:path';
import type { RunClock } from '../../base/clock.ts';
import { TokometerError } from '../../base/errors.ts';
import { findYarn, type Yarn } from '../../catalog/shape-of-config.ts';
import type { Tell } from '../../contract/engine.ts';
import type { ManagedServerPlan, WorkloadPlan } from '../../contract/plan.ts';
import { commandServer, fillCommand } from './command.ts';
import { type Device, tensorParallelSize, visibleDevices } from './devices.ts';
import { type ServedModel, serveModel } from './dummy-model-path.ts';
import { findProgram } from './find-program.ts';
import { fitFlags, installedFlags } from './installed-flags.ts';
import { llamaServer } from './llama-server.ts';
import { longestText, type RowLength } from './longest-text.ts';
import { freePort, isFreePort } from './loopback.ts';
import { missingPackageFailures } from './missing-package.ts';
import { type ModelFolder, readModelFolder } from './model-folder.ts';
import { portTaken } from './process-life.ts';
import type { ServerDescription, ServerInput, ServerProgram } from './server-description.ts';
import { sglangServer } from './sglang.ts';
import { vllmServer } from './vllm.ts';

const descriptions = {
  local_vllm: vllmServer,
  local_sglang: sglangServer,
  local_llama_server: llamaServer,
  command: commandServer,
} as const satisfies Record<ManagedServerPlan['api'], ServerDescription>;

export interface ManagedEngineInput {
  readonly plan: ManagedServerPlan;
  /** The name that the user gave: the server serves under it. */
  readonly model: string;
  /** Folder or GGUF file on this machine; null: the server finds the model by its name. */
  readonly modelPath: string | null;
  /** Of vLLM and SGLang. */
  readonly interpreter: string | null;
  /** Versions of what that interpreter has. */
  readonly packages?: Readonly<Record<string, string>>;
  /** What is known of the model where its folder does not say it. */
  readonly known?: {
    readonly attentionHeads?: number | null;
    readonly vocabularySize?: number | null;
    /** The override that stretches the model beyond its own limit. */
    readonly yarn?: Yarn;
  };
  /** Longest prompt + generation of the run. */
  readonly maxLength: number | null;
  /** Most requests in flight at once; 1. */
  readonly parallel?: number;
  /** The planned rows, for what is told about them. */
  readonly rows?: readonly RowLength[];
  readonly clock: RunClock;
  readonly tell: Tell;
  /** The server's output goes there. */
  readonly logFile: string;
  readonly signal?: AbortSignal;
  readonly request?: Pick<WorkloadPlan, 'temperature' | 'extraArguments'>;
}

/** A server as it is about to be started. */
export interface Launch {
  readonly description: ServerDescription;
  readonly server: ServerInput;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Those that it computes on, as far as it is known. */
  readonly devices: readonly Device[];
  readonly weights: ServedModel['weights'];
  readonly packages: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Finds program, flags, port and devices, and builds the command line. Throws E_MISSING_PACKAGE, E_MODEL_FILE, E_PLAN, E_PORT_IN_USE. */
export async function prepareLaunch(input: ManagedEngineInput): Promise<Launch> {
  const { plan, model } = input;
  const isOverridden = plan.engineArguments.some((word) => /rope|yarn|overrid/i.test(word));
  const rows = input.rows ?? [];
  const served = await serveModel({ ...input, rows, isOverridden });
  const isPython = plan.api === 'local_vllm' || plan.api === 'local_sglang';
  const [program, folder, port] = await Promise.all([
    findProgram(plan, input.interpreter),
    readModelFolder(served.path).then((read) => completed(read, input.known)),
    choosePort(plan, descriptions[plan.api].name),
  ]);
  const description = isPython ? withMissingPackages(descriptions[plan.api], program) : descriptions[plan.api];
  const devices = program.onCpu ? [] : await visibleDevices(plan.gpus);
  const { maxLength, yarn, notes } = longestText({
    maxLength: input.maxLength,
    rows,
    contextLength: folder.contextLength,
    named: plan.maxModelLength,
    yarn: description.takesYarn?.(folder) === true ? knownYarn(input, folder) : null,
    isOverridden,
  });
  const server: ServerInput = {
    plan,
    model: served.path ?? model,
    isLocal: served.path !== null || isAbsolute(model),
    servedName: ownValue(plan.engineArguments, description.flags['servedName']?.names ?? []) ?? model,
    port,
    maxLength,
    parallel: input.parallel ?? 1,
    yarn,
    folder,
    program,
    tensorParallel:
      program.onCpu || !isPython
        ? 1
        : (ownCount(plan.engineArguments, ['--tensor-parallel-size', '-tp', '--tp-size', '--tp']) ??
          tensorParallelSize({ gpus: plan.gpus, devices, folder, maxLength, memoryShare: plan.gpuMemoryUtilization })),
  };
  const installed = plan.api === 'command' ? null : await installedFlags(program, input.signal);
  const fitted = fitFlags(description.use(server), description.flags, installed);
  const words = plan.api === 'command' ? fillCommand(program.words, { port, model: server.model }) : [...program.words];
  return {
    description,
    server,
    words: [...words, ...fitted.words, ...plan.engineArguments],
    environment: description.environment(server),
    devices: usedDevices(server, devices),
    weights: served.weights,
    packages: input.packages ?? {},
    notes: [...served.notes, ...notes, ...fitted.missing],
  };
}

function completed(folder: ModelFolder, known: ManagedEngineInput['known']): ModelFolder {
  return {
    ...folder,
    attentionHeads: folder.attentionHeads ?? known?.attentionHeads ?? null,
    vocabularySize: folder.vocabularySize ?? known?.vocabularySize ?? null,
  };
}

// A file may be called anything; inside it says what it is, with spaces.
function knownYarn({ known, model }: ManagedEngineInput, { shape, contextLength, gguf }: ModelFolder): Yarn | null {
  const inside = gguf?.name?.trim().replaceAll(' ', '-') ?? model;
  return known?.yarn ?? findYarn(shape, model, contextLength) ?? findYarn(shape, inside, contextLength);
}

// llama-server spreads its layers over all that it sees; what another command does with several is its own affair.
function usedDevices({ plan, tensorParallel }: ServerInput, seen: readonly Device[]): readonly Device[] {
  if (plan.api === 'local_llama_server') return seen;
  if (plan.api === 'command') return plan.gpus !== null || seen.length === 1 ? seen : [];
  return seen.slice(0, tensorParallel);
}

function withMissingPackages(description: ServerDescription, program: ServerProgram): ServerDescription {
  const [interpreter = 'python3'] = program.words;
  return { ...description, failures: [...missingPackageFailures(interpreter), ...description.failures] };
}

/** A port that the user's own words name, which must be free, else any free one. */
async function choosePort(plan: ManagedServerPlan, name: string): Promise<number> {
  const words = [...(plan.command ?? []), ...plan.engineArguments];
  const named = Number(ownValue(words, ['--port', '-p']) ?? Number.NaN);
  if (Number.isInteger(named) && named > 0) {
    if (!(await isFreePort(named))) throw portTaken(named, name);
    return named;
  }
  if (plan.api === 'command' && !words.some((word) => word.includes('{port}'))) {
    throw new TokometerError('E_PLAN', '--engine-command names no port to reach the server by', {
      hint: 'write {port} where the command takes its port, and {model} where it takes the model',
    });
  }
  return freePort();
}

function ownCount(words: readonly string[], names: readonly string[]): number | null {
  const count = Number(ownValue(words, names) ?? Number.NaN);
  return Number.isInteger(count) && count > 0 ? count : null;
}

function ownValue(words: readonly string[], names: readonly string[]): string | null {
  for (const [index, word] of words.entries()) {
    const [name, ...rest] = word.split('=');
    if (name === undefined || !names.includes(name)) continue;
    return rest.length > 0 ? rest.join('=') : (words[index + 1] ?? null);
  }
  return null;
}
