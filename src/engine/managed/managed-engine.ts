// Servers that Tokometer starts, awaits, measures and stops. A plan's engine part and a local model come in, an Engine
// goes out that answers through the HTTP client and knows what the server is, what it holds, and how it ended.
// server-description.ts: one table a server; process-life.ts: start, watch, stop. It must not know prompts' making,
// schedules, hubs or metrics.
import { TokometerError } from '../../base/errors.ts';
import type {
  Engine,
  EngineFacts,
  ServerAgreement,
  ServerCounters,
  ServerEndpoint,
  Vocabulary,
} from '../../contract/engine.ts';
import type { ServerManifest } from '../../contract/manifest.ts';
import type { MemoryFigure } from '../../contract/memory.ts';
import type { ManagedServerPlan, OpenAiPlan } from '../../contract/plan.ts';
import type { ChunkSink, Outcome, RequestSpec } from '../../contract/request.ts';
import { openHttpEngine } from '../http/http-engine.ts';
import type { Device } from './devices.ts';
import { explainDeath } from './explain-death.ts';
import { type Launch, type ManagedEngineInput, prepareLaunch } from './launch.ts';
import { askLoopback } from './loopback.ts';
import { memoryFigures, readToldMemory, requestMemory, type ToldMemory, withKnownWeights } from './memory-figures.ts';
import type { ModelFolder } from './model-folder.ts';
import { deathWords, type ServerProcess, startServer, withLog } from './process-life.ts';
import type { ServerDescription } from './server-description.ts';

const metricsTimeoutMs = 5000;
// A tiny request that compiles or captures on its way.
const firstRequestTokens = 2;
// The very first ids are special in most vocabularies, and so are the last ones.
const firstPlainId = 10;
const plainShare = 0.95;

/** Starts the plan's server and resolves when it answered a request. Throws a TokometerError, with no process left. */
export async function openManagedEngine(input: ManagedEngineInput): Promise<Engine> {
  const launch = await prepareLaunch(input);
  const { description } = launch;
  for (const note of launch.notes) input.tell.warning(note);
  const server = await startServer({
    name: description.name,
    words: launch.words,
    environment: launch.environment,
    port: launch.server.port,
    readinessPaths: description.readinessPaths,
    ownsPort: input.plan.api !== 'command',
    failures: description.failures,
    noise: description.noise,
    logFile: input.logFile,
    startTimeoutMs: input.plan.startTimeoutMs,
    tell: input.tell,
    signal: input.signal ?? null,
  });
  try {
    return await connect(input, launch, server);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function connect(input: ManagedEngineInput, launch: Launch, server: ServerProcess): Promise<Engine> {
  const { plan, clock, tell, request } = input;
  const { port, folder, servedName } = launch.server;
  const inner = await openHttpEngine({
    plan: httpPlan(plan, port, folder.hasTokenizer !== false),
    model: plan.api === 'command' ? await servedModel(port, servedName) : servedName,
    clock,
    tell,
    ...(request === undefined ? {} : { request }),
  });
  const engine = new ManagedEngine({ inner, launch, server, told: await toldMemory(launch, server) });
  if (plan.api !== 'command') {
    try {
      await firstRequest(engine, { folder, server, description: launch.description });
    } catch (error) {
      await engine.close();
      throw error;
    }
  }
  return engine;
}

// The OpenAI routes of SGLang need a tokenizer; its own one takes ids without.
function httpPlan(plan: ManagedServerPlan, port: number, hasTokenizer: boolean): OpenAiPlan {
  const path = plan.api === 'local_sglang' && !hasTokenizer ? '/generate' : '/v1/completions';
  return {
    api: 'openai',
    url: `http://127.0.0.1:${port}${path}`,
    urlGiven: null,
    apiKey: null,
    headers: {},
    connectTimeoutMs: plan.connectTimeoutMs,
    readTimeoutMs: plan.readTimeoutMs,
    totalTimeoutMs: plan.totalTimeoutMs,
    testConnection: plan.api === 'command',
    stream: true,
    proxy: null,
    http2: false,
    busyPoll: false,
    serverPid: null,
  };
}

/** The wanted name where the server lists it or lists nothing, else the first that it lists. */
async function servedModel(port: number, wanted: string): Promise<string> {
  const { text } = await askLoopback(port, '/v1/models', metricsTimeoutMs);
  const ids = [...text.matchAll(/"id":\s*"([^"]+)"/g)].map((match) => match[1] ?? '');
  return ids.includes(wanted) ? wanted : (ids[0] ?? wanted);
}

async function toldMemory({ description, server }: Launch, { log }: ServerProcess): Promise<ToldMemory> {
  const metrics = await askLoopback(server.port, '/metrics', metricsTimeoutMs);
  log.readNew();
  return withKnownWeights(readToldMemory(description, log.lines, metrics.text), server.folder);
}

/** Some shapes and kernels fail only with the first request, after the server called itself ready. */
async function firstRequest(
  engine: Engine,
  { folder, server, description }: { folder: ModelFolder; server: ServerProcess; description: ServerDescription },
): Promise<void> {
  const last = (folder.vocabularySize ?? firstPlainId + 4) - 1;
  const ids = Uint32Array.from([0, 1, 2, 3], (step) => Math.min(firstPlainId + step, last));
  const request: RequestSpec = {
    index: -1,
    prompt: { kind: 'ids', ids },
    promptTokens: ids.length,
    outputTokens: firstRequestTokens,
    minOutputTokens: null,
    temperature: 0,
    extraArguments: {},
  };
  const answer = await engine.probe?.(request);
  if (answer === undefined || answer.outcome.failure === null || answer.outcome.failure === 'no-tokens') return;
  server.log.readNew();
  const { quote, hint } = explainDeath(server.log.tail(Infinity), description.failures, server.death?.signal);
  const said = quote === null ? '' : `; its log: "${quote}"`;
  throw new TokometerError(
    'E_ENGINE_START',
    `${description.name} started, and failed at its first request (${answer.outcome.message ?? answer.outcome.failure})${said}`,
    { hint: withLog(hint, server) },
  );
}

interface ManagedParts {
  readonly inner: Engine;
  readonly launch: Launch;
  readonly server: ServerProcess;
  readonly told: ToldMemory;
}

class ManagedEngine implements Engine {
  readonly #parts: ManagedParts;
  #closing: Promise<void> | null = null;

  constructor(parts: ManagedParts) {
    this.#parts = parts;
  }

  async send(request: RequestSpec, sink: ChunkSink, signal: AbortSignal): Promise<Outcome> {
    const { inner, launch, told } = this.#parts;
    const outcome = await inner.send(request, sink, signal);
    // The last byte is stamped: nothing is added to the measuring path. Of a load the lengths are not known before.
    const { promptTokens, outputTokens } = request;
    if (promptTokens !== null) sink.memory?.(requestMemory(launch.description, told, promptTokens + outputTokens));
    return outcome;
  }

  readonly facts = (): EngineFacts => {
    const { inner, launch, server, told } = this.#parts;
    const { description, words, environment, devices } = launch;
    const { plan, program, maxLength, tensorParallel } = launch.server;
    const facts = inner.facts();
    const isCommand = plan.api === 'command';
    return {
      ...facts,
      name: isCommand ? facts.name : description.name,
      version: program.version ?? facts.version,
      device: program.onCpu ? 'CPU' : deviceName(devices),
      gpuCount: program.onCpu ? 0 : devices.length || null,
      pid: server.pid,
      weights: isCommand ? 'unknown' : launch.weights,
      dtype: isCommand ? null : plan.dtype,
      // The server's own word: llama-server rounds up, SGLang is started for a few tokens more.
      maxLength: facts.maxLength ?? maxLength,
      // Its command line is ours.
      flags: isCommand ? (facts.flags ?? 'unknown') : 'known',
      packages: launch.packages,
      settings: {
        ...facts.settings,
        command: words.join(' '),
        environment: Object.entries(environment)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
        tensorParallel: isCommand ? null : tensorParallel,
        kvCacheTokens: told.cacheTokens,
      },
      memory: this.memory(),
      notes: [...facts.notes, ...description.notes, ...launch.notes, ...this.#deathNotes()],
    };
  };

  prepare(request: RequestSpec): void {
    this.#parts.inner.prepare?.(request);
  }

  probe(request: RequestSpec): ReturnType<NonNullable<Engine['probe']>> {
    const { inner } = this.#parts;
    if (inner.probe === undefined) throw new Error('the HTTP engine probes');
    return inner.probe(request);
  }

  async tokenize(text: string): Promise<Uint32Array | null> {
    const { inner, launch } = this.#parts;
    if (launch.server.folder.hasTokenizer === false) return null;
    return (await inner.tokenize?.(text)) ?? null;
  }

  /** The server's own ids of plain text; without a tokenizer, or where they are blind, ids that the model surely has. */
  async vocabulary(): Promise<Vocabulary> {
    const { inner, launch } = this.#parts;
    const { hasTokenizer, vocabularySize } = launch.server.folder;
    const asked = hasTokenizer === false ? null : ((await inner.vocabulary?.()) ?? null);
    const isBlind = asked === null || (vocabularySize !== null && (asked.ids.at(-1) ?? 0) >= vocabularySize);
    if (!isBlind) return asked;
    const size = vocabularySize ?? 0;
    const last = Math.max(firstPlainId, Math.floor(size * plainShare));
    if (asked !== null && size === 0) return asked;
    const ids = Uint32Array.from({ length: Math.max(1, last - firstPlainId) }, (_, index) => firstPlainId + index);
    return { ids, source: `ids ${firstPlainId} to ${last - 1} of the ${size} that config.json names` };
  }

  async counters(): Promise<ServerCounters | null> {
    return (await this.#parts.inner.counters?.()) ?? null;
  }

  manifest(): ServerManifest | null {
    return this.#parts.inner.manifest?.() ?? null;
  }

  endpoint(): ServerEndpoint {
    const { inner } = this.#parts;
    if (inner.endpoint === undefined) throw new Error('the HTTP engine has an endpoint');
    return inner.endpoint();
  }

  learn(agreement: ServerAgreement): void {
    this.#parts.inner.learn?.(agreement);
  }

  memory(): readonly MemoryFigure[] {
    const { launch, told, server } = this.#parts;
    const { maxLength } = launch.server;
    return memoryFigures({ description: launch.description, told, maxLength, groupId: server.pid });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#parts.inner.close();
    await this.#parts.server.stop();
  }

  #deathNotes(): string[] {
    const { server, launch } = this.#parts;
    const { death, log } = server;
    if (death === null || this.#closing !== null) return [];
    log.readNew();
    const { quote } = explainDeath(log.tail(Infinity), launch.description.failures);
    const lines = log.tail(3).join(' | ');
    const said = quote === null ? '' : `: "${quote}"`;
    return [`${launch.description.name} ended during the run (${deathWords(death)})${said}. Last lines: ${lines}`];
  }
}

function deviceName(devices: readonly Device[]): string | null {
  const [first] = devices;
  if (first === undefined) return null;
  return devices.length === 1 ? first.name : `${devices.length} x ${first.name}`;
}
