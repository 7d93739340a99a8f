// What distinguishes one server that Tokometer starts from another, as data: its program, its flags with their older
// names, its environment, its readiness, what its log tells of memory, and what its failures mean. Adding a server is one
// such table. It must not know how processes live and end, nor how requests are sent.
import type { ErrorCode } from '../../base/errors.ts';
import type { Yarn } from '../../catalog/shape-of-config.ts';
import type { ManagedServerPlan } from '../../contract/plan.ts';
import type { ModelFolder } from './model-folder.ts';

/** What a description builds a command line from. */
export interface ServerInput {
  readonly plan: ManagedServerPlan;
  /** A local path, or a name that the server resolves by itself. */
  readonly model: string;
  /** The model lies on this machine: nothing is to be fetched. */
  readonly isLocal: boolean;
  readonly servedName: string;
  readonly port: number;
  /** Longest prompt + generation that the server must take; null: as it likes. */
  readonly maxLength: number | null;
  /** Requests that are in flight at once at most. */
  readonly parallel: number;
  readonly folder: ModelFolder;
  /** The override that stretches the model; null: it runs as it is configured. */
  readonly yarn: Yarn | null;
  readonly program: ServerProgram;
  readonly tensorParallel: number;
}

/** The program as it was found on this machine. */
export interface ServerProgram {
  /** Words before the first flag. */
  readonly words: readonly string[];
  readonly version: string | null;
  readonly onCpu: boolean;
}

/** One flag: `names` newest first. A flag that the installed version lacks is named, with what that means. */
export interface FlagRule {
  readonly names: readonly string[];
  /** What is lost without it, as the end of a sentence. */
  readonly without: string;
}

export interface FlagUse {
  readonly flag: string;
  readonly values: readonly string[];
  /** An older flag for the same, with words of its own: it is taken where the installed version still has it. */
  readonly older?: { readonly flag: string; readonly values: readonly string[] };
}

/** A line of the log that tells an amount of memory. */
export interface MemoryLine {
  readonly what: string;
  /** Group 1 is the amount. */
  readonly pattern: RegExp;
  readonly unitBytes: number;
  /** `each`: every worker, device or buffer prints its own, and they add up. */
  readonly printed: 'once' | 'each';
}

/** What a line of the log means when the server does not start, or dies. The first match in the table's order counts. */
export interface FailureHint {
  readonly pattern: RegExp;
  /** What to do, flags by name; it may depend on the line. */
  readonly hint: string | ((line: string) => string);
  readonly code?: ErrorCode;
}

export interface ServerDescription {
  readonly api: ManagedServerPlan['api'];
  /** As shown to people. */
  readonly name: string;
  readonly flags: Readonly<Record<string, FlagRule>>;
  /** The flags of this run, in order. `engineArguments` are no part of them: they come last. */
  use(input: ServerInput): readonly FlagUse[];
  /** Set on top of the environment that Tokometer has. */
  environment(input: ServerInput): Readonly<Record<string, string>>;
  /** Paths of which one answers 200 once the server is ready. */
  readonly readinessPaths: readonly string[];
  /** Whether its flags can stretch this model by YaRN; left out: no model. */
  readonly takesYarn?: (folder: ModelFolder) => boolean;
  readonly memory: readonly MemoryLine[];
  /** Where the log tells how many tokens the KV cache holds: group 1. */
  readonly cacheTokens: RegExp | null;
  readonly failures: readonly FailureHint[];
  /** Lines that tell nothing about the progress of a start. */
  readonly noise: RegExp;
  /** Whole sentences for the user. */
  readonly notes: readonly string[];
}

const gib = 2 ** 30;

/** What failures look like in everything that is written in Python on torch. */
export const pythonFailures: readonly FailureHint[] = [
  {
    pattern: /unrecognized arguments?:|invalid choice:|expected (?:one|at least one) argument/,
    hint: 'Correct --engine-args: the installed version takes other flags; its --help lists them.',
  },
  {
    pattern: /ModuleNotFoundError|No package metadata was found/,
    hint: 'Install what is missing into the environment that --python names.',
    code: 'E_MISSING_PACKAGE',
  },
  {
    pattern: /address already in use|Errno 98\b/i,
    hint: 'Another program has the port: leave --port out of --engine-args, and a free one is chosen.',
    code: 'E_PORT_IN_USE',
  },
  {
    // vLLM also prints the setting itself, as `trust_remote_code=False`, when it dies.
    pattern: /trust_remote_code=True|pass[^,]*trust[_-]remote[_-]code|--trust-remote-code/i,
    hint: 'The model brings code of its own: read it, then allow it with --trust-remote-code.',
  },
  {
    pattern: /CUDA out of memory|OutOfMemoryError|out of memory/i,
    hint: 'Lower --gpu-memory-utilization or --max-model-len, name more devices with --gpus, or free the device of other programs.',
  },
  {
    pattern: /No CUDA GPUs are available|no NVIDIA driver|Failed to infer device type/i,
    hint: 'The engine sees no GPU: check --gpus and CUDA_VISIBLE_DEVICES, or install its build for the CPU.',
  },
  {
    pattern: /does not appear to have a file named|No such file or directory|is not a local folder and is not a valid/i,
    hint: 'Check --model: the folder must hold config.json and the weights.',
    code: 'E_MODEL_FILE',
  },
  {
    pattern: /Worker proc .* died unexpectedly/,
    hint: 'A worker process ended without a word: look for an out-of-memory kill (dmesg), or try another --dtype or model.',
  },
  {
    pattern: /total number of attention heads .* must be divisible/i,
    hint: 'Name as many devices with --gpus as divide the attention heads.',
  },
];

/** The flag, used with its values; an empty list where `when` is false. */
export function flag(name: string, values: readonly (string | number)[] = [], when = true): FlagUse[] {
  return when ? [{ flag: name, values: values.map(String) }] : [];
}

export const memoryUnits = { gib, mib: 2 ** 20, gb: gib } as const;
