import { isAbsolute } from 'node:path';
import type { RunClock } from '../../base/clock.ts';
import { TokometerError } from '../../base/errors.ts';
import type { Tell } from '../../contract/engine.ts';
import type { ManagedServerPlan, WorkloadPlan } from '../../contract/plan.ts';
import { readGgufFacts } from '../llama/gguf-check.ts';
import { commandServer, fillCommand } from './command.ts';
import { type Device, tensorParallelSize, visibleDevices } from './devices.ts';
import { findProgram } from './find-program.ts';
import { fitFlags, installedFlags } from './installed-flags.ts';
import { llamaServer } from './llama-server.ts';
import { freePort, isFreePort } from './loopback.ts';
import { type ModelFolder, readModelFolder } from './model-folder.ts';
import { portTaken } from './process-life.ts';
import type { ServerDescription, ServerInput } from './server-description.ts';
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
  /** What is known of the model where its folder does not say it. */
  readonly known?: { readonly attentionHeads: number | null; readonly vocabularySize: number | null };
  /** Longest prompt + generation of the run. */
  readonly maxLength: number | null;
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
  readonly devices: readonly Device[];
  readonly notes: readonly string[];
}

/** Finds program, flags, port and devices, and builds the command line. Throws E_MISSING_PACKAGE, E_MODEL_FILE, E_PLAN, E_PORT_IN_USE. */
export async function prepareLaunch(input: ManagedEngineInput): Promise<Launch> {
  const description = descriptions[input.plan.api];
  const { plan, modelPath, model } = input;
  // llama-server can end before its log is written: a broken file is found without it.
  if (plan.api === 'local_llama_server' && modelPath !== null) await readGgufFacts(modelPath);
  const [program, folder, port] = await Promise.all([
    findProgram(plan, input.interpreter),
    readModelFolder(modelPath).then((read) => completed(read, input.known)),
    choosePort(plan, description.name),
  ]);
  refuseWithoutTokenizer(plan, folder);
  const devices = program.onCpu ? [] : await visibleDevices(plan.gpus);
  const { maxLength, notes } = longestText(input, folder);
  const isPython = plan.api === 'local_vllm' || plan.api === 'local_sglang';
  const server: ServerInput = {
    plan,
    model: modelPath ?? model,
    isLocal: modelPath !== null || isAbsolute(model),
    servedName: ownValue(plan.engineArguments, description.flags['servedName']?.names ?? []) ?? model,
    port,
    maxLength,
    folder,
    program,
    tensorParallel:
      program.onCpu || !isPython
        ? 1
        : tensorParallelSize({ gpus: plan.gpus, devices, folder, maxLength, memoryShare: plan.gpuMemoryUtilization }),
  };
  const installed = plan.api === 'command' ? null : await installedFlags(program, input.signal);
  const fitted = fitFlags(description.use(server), description.flags, installed);
  const words = plan.api === 'command' ? fillCommand(program.words, { port, model: server.model }) : [...program.words];
  return {
    description,
    server,
    words: [...words, ...fitted.words, ...plan.engineArguments],
    environment: description.environment(server),
    devices,
    notes: [...notes, ...fitted.missing],
  };
}

function completed(folder: ModelFolder, known: ManagedEngineInput['known']): ModelFolder {
  return {
    ...folder,
    attentionHeads: folder.attentionHeads ?? known?.attentionHeads ?? null,
    vocabularySize: folder.vocabularySize ?? known?.vocabularySize ?? null,
  };
}

// Its OpenAI routes refuse token ids without one; /generate, which takes them, is not spoken here.
function refuseWithoutTokenizer(plan: ManagedServerPlan, folder: ModelFolder): void {
  if (plan.api !== 'local_sglang' || folder.hasTokenizer !== false) return;
  throw new TokometerError('E_PLAN', 'the model has no tokenizer, and the OpenAI routes of SGLang need one', {
    hint: 'put the tokenizer files into the folder, or measure with --api local_vllm, which needs none',
  });
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

function ownValue(words: readonly string[], names: readonly string[]): string | null {
  for (const [index, word] of words.entries()) {
    const [name, ...rest] = word.split('=');
    if (name === undefined || !names.includes(name)) continue;
    return rest.length > 0 ? rest.join('=') : (words[index + 1] ?? null);
  }
  return null;
}

// A row beyond the model's own limit is refused singly; a limit beyond it would keep the server from starting at all.
function longestText(
  { plan, maxLength }: ManagedEngineInput,
  folder: ModelFolder,
): { maxLength: number | null; notes: readonly string[] } {
  const wanted = plan.maxModelLength ?? maxLength;
  const limit = folder.contextLength;
  const isStretched = plan.engineArguments.some((word) => /rope|yarn|overrid/i.test(word));
  if (plan.maxModelLength !== null || isStretched || wanted === null || limit === null || wanted <= limit) {
    return { maxLength: wanted, notes: [] };
  }
  const note = `The model takes ${limit} tokens, and the longest row has ${wanted}: rows beyond ${limit} will be refused.`;
  return { maxLength: limit, notes: [note] };
}
