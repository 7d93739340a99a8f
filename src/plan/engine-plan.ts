import type { DevicePlan, EnginePlan } from '../contract/plan.ts';
import { completionsEndpoint, givenEndpoint } from './endpoint.ts';
import type { PerfOptions } from './option/perf.ts';
import { splitWords } from './option/split-words.ts';
import type { Problems } from './problems.ts';

/** The engine's part of the plan. */
export function enginePlan(options: PerfOptions, problems: Problems): EnginePlan {
  const api = options.engineCommand === null ? options.api : 'command';
  if (options.serverPid !== null && api !== 'openai') {
    problems.add(
      `--server-pid ${options.serverPid} names the process of a served API, and this engine is started by Tokometer`,
      'leave it out, or use --api openai',
    );
  }
  switch (api) {
    case 'openai':
      return openAiPlan(options, problems);
    case 'local':
      return {
        api,
        ...devicePlan(options),
        attention: options.attention,
        deviceMap: options.deviceMap,
        compile: options.compile,
      };
    case 'local_vllm':
    case 'local_sglang':
    case 'local_llama_server':
    case 'command':
      return {
        api,
        ...devicePlan(options),
        dummyQuantization: options.dummyQuantization,
        gpuMemoryUtilization: options.gpuMemoryUtilization,
        enforceEager: options.enforceEager,
        maxModelLength: options.maxModelLength,
        engineArguments: words(options.engineArguments, '--engine-args', problems),
        command: options.engineCommand === null ? null : words(options.engineCommand, '--engine-command', problems),
        threads: options.threads,
        connectTimeoutMs: options.connectTimeoutMs,
        readTimeoutMs: options.readTimeoutMs,
        totalTimeoutMs: options.totalTimeoutMs,
      };
    case 'local_llama':
      return {
        api,
        loadFormat: options.loadFormat,
        dummyQuantization: options.dummyQuantization,
        threads: options.threads,
      };
    case 'reference':
      return {
        api,
        timing: {
          ttftMs: options.ttftMs,
          itlMs: options.itlMs,
          jitterMs: options.jitterMs,
          prefillTokensPerSecond: options.prefillTokensPerSecond,
          tokensPerChunk: options.tokensPerChunk,
          seed: options.seed,
        },
      };
  }
}

function openAiPlan(options: PerfOptions, problems: Problems): EnginePlan {
  const endpoint = options.prompt === null ? completionsEndpoint(options.url) : givenEndpoint(options.url);
  if ('problem' in endpoint) problems.add(endpoint.problem, 'such as http://127.0.0.1:8000/v1/completions');
  const isUsable = 'url' in endpoint;
  if (options.http2 && isUsable && endpoint.url.startsWith('http://')) {
    problems.add('--http2 needs an https:// address: HTTP/2 without TLS (h2c) is not supported', 'leave out --http2');
  }
  return {
    api: 'openai',
    url: isUsable ? endpoint.url : options.url,
    urlGiven: isUsable && endpoint.moved ? options.url : null,
    apiKey: options.apiKey,
    headers: options.headers,
    connectTimeoutMs: options.connectTimeoutMs,
    readTimeoutMs: options.readTimeoutMs,
    totalTimeoutMs: options.totalTimeoutMs,
    testConnection: options.testConnection,
    stream: options.stream,
    proxy: options.proxy === null ? null : proxyUrl(options.proxy, problems),
    http2: options.http2,
    busyPoll: options.busyPoll,
    serverPid: options.serverPid,
  };
}

// A broken one is not shown: it may hold a password.
function proxyUrl(given: string, problems: Problems): string | null {
  if (/^https?:\/\//i.test(given) && URL.canParse(given)) return new URL(given).href;
  problems.add('--proxy is no http:// or https:// URL', 'such as --proxy http://proxy.example:3128');
  return null;
}

function devicePlan(options: PerfOptions): DevicePlan {
  return {
    loadFormat: options.loadFormat,
    dtype: options.dtype,
    gpus: options.gpus,
    trustRemoteCode: options.trustRemoteCode,
    python: options.python,
    hub: options.useModelscope ? 'modelscope' : options.hub,
    revision: options.revision,
    startTimeoutMs: options.startTimeoutMs,
    allowBusy: options.allowBusy,
  };
}

function words(text: string | null, flag: string, problems: Problems): readonly string[] {
  if (text === null) return [];
  try {
    return splitWords(text);
  } catch {
    problems.add(`${flag} "${text}" has a quote that is never closed`, 'close it, or leave it out');
    return [];
  }
}
