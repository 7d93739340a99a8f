import { flag, memoryUnits, type FlagUse, type ServerDescription, type ServerInput } from './server-description.ts';
import { deviceEnvironment } from './server-environment.ts';

// More than any model has: llama.cpp takes it as "all of them".
const allLayers = 999;

/** llama.cpp's own server, with a slot for each request in flight; the context is shared out evenly among them. Names and log lines: builds of 2024 to 2026. */
export const llamaServer: ServerDescription = {
  api: 'local_llama_server',
  name: 'llama-server',
  flags: {
    model: { names: ['--model'], without: 'the model cannot be named' },
    host: { names: ['--host'], without: 'it may listen on every network' },
    port: { names: ['--port'], without: 'its port is unknown' },
    servedName: { names: ['--alias'], without: 'it serves under the path of the model' },
    maxLength: { names: ['--ctx-size'], without: 'its longest text is its own choice' },
    stretch: { names: ['--rope-scaling'], without: 'rows beyond the limit of the model are refused' },
    stretchFactor: { names: ['--rope-scale'], without: 'rows beyond the limit of the model are refused' },
    stretchBase: { names: ['--yarn-orig-ctx'], without: 'rows beyond the limit of the model are refused' },
    metadata: { names: ['--override-kv'], without: 'rows beyond the limit of the model are refused' },
    slots: { names: ['--parallel'], without: 'several slots may share the context' },
    layers: { names: ['--gpu-layers', '--n-gpu-layers'], without: 'where its layers lie is its own choice' },
    device: { names: ['--device'], without: 'which devices compute is its own choice' },
    threads: { names: ['--threads'], without: 'how many threads compute is its own choice' },
    noPromptCache: { names: ['--no-cache-prompt'], without: 'each request turns the cache off for itself' },
    noHostCache: { names: ['--cache-ram'], without: 'it may keep old prompts in memory' },
    noUi: { names: ['--no-ui', '--no-webui'], without: 'it also serves its web page' },
    noColors: { names: ['--log-colors'], without: 'its log may hold colour codes' },
    verbosity: { names: ['--log-verbosity', '--verbosity'], without: 'its log may not tell its memory' },
    metrics: { names: ['--metrics'], without: 'it has no /metrics' },
    offline: { names: ['--offline'], without: 'it may look for files on the network' },
  },
  use: llamaFlags,
  environment: (input) => deviceEnvironment(input),
  readinessPaths: ['/health'],
  takesYarn: ({ gguf }) => gguf?.architecture != null,
  memory: [
    {
      what: 'weights',
      pattern: /model buffer size = +([\d.]+) MiB/,
      unitBytes: memoryUnits.mib,
      printed: 'each',
    },
    {
      what: 'KV pool',
      pattern: / KV buffer size = +([\d.]+) MiB/,
      unitBytes: memoryUnits.mib,
      printed: 'each',
    },
    {
      what: 'compute buffers',
      pattern: /(?:compute|output) buffer size = +([\d.]+) MiB/,
      unitBytes: memoryUnits.mib,
      printed: 'each',
    },
  ],
  cacheTokens: /llama_kv_cache: +size = .*\( *(\d+) cells/,
  failures: [
    {
      pattern: /invalid argument: |unknown argument|expected value for argument|error while handling argument/,
      hint: 'Correct --engine-args: the installed version takes other flags; its --help lists them.',
    },
    {
      pattern: /couldn't bind|bind HTTP server socket|address already in use/i,
      hint: 'Another program has the port: leave --port out of --engine-args, and a free one is chosen.',
      code: 'E_PORT_IN_USE',
    },
    {
      pattern: /unable to allocate|failed to allocate|out of memory|failed to create context/i,
      hint: 'Lower --max-model-len (the longest row decides it), or take a smaller or more quantised file.',
    },
    {
      pattern: /failed to load model|invalid magic|error loading model|not within the file bounds/i,
      hint: 'Check --model: it must be a whole GGUF file that this build of llama.cpp knows.',
      code: 'E_MODEL_FILE',
    },
    {
      pattern: /error while loading shared libraries/,
      hint: 'Install the library that is named; on Debian: apt-get install libgomp1 libstdc++6.',
      code: 'E_MISSING_PACKAGE',
    },
  ],
  noise: /print_info|llama_model_loader|CORS|security risk|-----|^\s*$|control token|common_param|tokenizer/,
  notes: [],
};

function llamaFlags(input: ServerInput): FlagUse[] {
  const { plan, program, maxLength, parallel } = input;
  return [
    ...flag('model', [input.model]),
    ...flag('servedName', [input.servedName]),
    ...flag('host', ['127.0.0.1']),
    ...flag('port', [input.port]),
    ...flag('maxLength', [(maxLength ?? 0) * parallel], maxLength !== null),
    ...yarnFlags(input),
    ...flag('slots', [parallel]),
    ...flag('layers', [program.onCpu ? 0 : allLayers]),
    ...flag('device', ['none'], program.onCpu),
    ...flag('threads', [plan.threads ?? 0], plan.threads !== null),
    ...flag('noPromptCache'),
    ...flag('noHostCache', [0]),
    ...flag('noUi'),
    ...flag('noColors', ['off']),
    // A few lines a request, none a token: without them the newest builds keep their buffer sizes to themselves.
    ...flag('verbosity', [4]),
    ...flag('metrics'),
    ...flag('offline'),
  ];
}

// A slot is capped at the length that the file names, whatever the positions could do.
function yarnFlags({ yarn, folder: { gguf } }: ServerInput): FlagUse[] {
  if (yarn === null) return [];
  return [
    ...flag('stretch', ['yarn']),
    ...flag('stretchFactor', [yarn.factor]),
    ...flag('stretchBase', [yarn.baseLength]),
    ...flag('metadata', [`${gguf?.architecture}.context_length=int:${yarn.factor * yarn.baseLength}`]),
  ];
}
