import { TokometerError } from '../../base/errors.ts';
import { oneLine } from '../../base/escape.ts';
import type { ManagedServerPlan } from '../../contract/plan.ts';
import { askProgram } from './ask-program.ts';
import type { ServerProgram } from './server-description.ts';

const askTimeoutMs = 60_000;

interface PythonServer {
  readonly module: string;
  /** The module's file that must be there, and the words that start it; the first that is there counts. */
  readonly entries: readonly { readonly file: string; readonly words: readonly string[] }[];
  readonly environmentName: string;
}

const pythonServers = {
  // The first works in every version and in every build; newer ones call it deprecated.
  local_vllm: {
    module: 'vllm',
    entries: [
      { file: 'entrypoints/openai/api_server.py', words: ['-m', 'vllm.entrypoints.openai.api_server'] },
      { file: 'entrypoints/cli/main.py', words: ['-m', 'vllm.entrypoints.cli.main', 'serve'] },
    ],
    environmentName: 'vllm',
  },
  local_sglang: {
    module: 'sglang',
    entries: [{ file: 'launch_server.py', words: ['-m', 'sglang.launch_server'] }],
    environmentName: 'sglang',
  },
} as const satisfies Record<string, PythonServer>;

// find_spec imports nothing; importing vLLM takes ten seconds. A build for the CPU has a name of its own.
const factsScript = `
import importlib.metadata, importlib.util, json, os, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
module, *files = sys.argv[1:]
spec = importlib.util.find_spec(module)
folders = list(spec.submodule_search_locations or []) if spec else []
print(json.dumps({
    'found': spec is not None,
    'files': [name for name in files if any(os.path.exists(os.path.join(folder, name)) for folder in folders)],
    'version': version(module),
    'cpuVersion': version(module + '-cpu'),
    'torch': version('torch'),
}))
`;

/** Finds the program of the plan's server. Throws E_MISSING_PACKAGE with how to get it. */
export function findProgram(plan: ManagedServerPlan, interpreter: string | null): Promise<ServerProgram> {
  switch (plan.api) {
    case 'local_vllm':
    case 'local_sglang':
      return findPythonServer(pythonServers[plan.api], interpreter);
    case 'local_llama_server':
      return findLlamaServer(plan.command?.[0] ?? 'llama-server');
    case 'command':
      return Promise.resolve({ words: plan.command ?? [], version: null, onCpu: false });
  }
}

async function findPythonServer(server: PythonServer, interpreter: string | null): Promise<ServerProgram> {
  const { module, entries, environmentName } = server;
  const make = `tokometer env create ${environmentName} makes an environment that has it`;
  if (interpreter === null) {
    throw new TokometerError('E_MISSING_PACKAGE', `no Python interpreter was found; ${module} needs one`, {
      hint: `name it with --python, or: ${make}`,
    });
  }
  const files = entries.map((entry) => entry.file);
  const answer = await askProgram([interpreter, '-c', factsScript, module, ...files], { timeoutMs: askTimeoutMs });
  const facts = answer.ok ? readFacts(answer.stdout) : null;
  if (facts === null) {
    const words = oneLine(answer.stderr.trim().split('\n').at(-1) ?? '', 200);
    throw new TokometerError(
      'E_MISSING_PACKAGE',
      answer.started ? `${interpreter} does not work as Python: ${words}` : `there is no program ${interpreter}`,
      { hint: `name a Python interpreter with --python, or: ${make}` },
    );
  }
  if (!facts.found) {
    throw new TokometerError('E_MISSING_PACKAGE', `${interpreter} has no package ${module}`, {
      hint: `${interpreter} -m pip install ${module}, or name another interpreter with --python, or: ${make}`,
    });
  }
  const version = facts.version ?? facts.cpuVersion;
  const onCpu = facts.cpuVersion !== null || /cpu/.test(facts.version ?? '') || /cpu/.test(facts.torch ?? '');
  const entry = entries.find(({ file }) => facts.files.includes(file)) ?? entries[0];
  return { words: [interpreter, ...(entry?.words ?? [])], version, onCpu };
}

interface PackageFacts {
  readonly found: boolean;
  readonly files: readonly string[];
  readonly version: string | null;
  readonly cpuVersion: string | null;
  readonly torch: string | null;
}

function readFacts(text: string): PackageFacts | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const textAt = (name: string): string | null => {
      const item: unknown = Reflect.get(value, name);
      return typeof item === 'string' ? item : null;
    };
    const files: unknown = Reflect.get(value, 'files');
    return {
      found: Reflect.get(value, 'found') === true,
      files: Array.isArray(files) ? files.map(String) : [],
      version: textAt('version'),
      cpuVersion: textAt('cpuVersion'),
      torch: textAt('torch'),
    };
  } catch {
    return null;
  }
}

async function findLlamaServer(binary: string): Promise<ServerProgram> {
  const [version, devices] = await Promise.all([
    askProgram([binary, '--version'], { timeoutMs: askTimeoutMs }),
    askProgram([binary, '--list-devices'], { timeoutMs: askTimeoutMs }),
  ]);
  if (!version.started) {
    throw new TokometerError('E_MISSING_PACKAGE', `there is no program ${binary}; --api local_llama_server needs it`, {
      hint:
        "put llama.cpp's llama-server on the PATH (from its releases, from Homebrew: brew install llama.cpp, or built" +
        ' with cmake); --api local_llama needs no server at all',
    });
  }
  const said = `${version.stdout}\n${version.stderr}`;
  if (!version.ok) {
    const words = oneLine(said.trim().split('\n').at(-1) ?? '', 200);
    throw new TokometerError('E_MISSING_PACKAGE', `${binary} does not run: ${words}`, {
      hint: 'install the libraries that it names; on Debian: apt-get install libgomp1 libstdc++6',
    });
  }
  // Builds that can't list their devices are taken to have one: layers beyond what it has cost nothing.
  const listed = `${devices.stdout}\n${devices.stderr}`;
  const onCpu = devices.ok && /Available devices:\s*(?:\(none\)\s*)?$/.test(listed.trim());
  return { words: [binary], version: /^version: (.+)$/m.exec(said)?.[1] ?? null, onCpu };
}
