import type * as llamaPackageType from 'node-llama-cpp';
import { messageOf, systemCodeOf, TokometerError } from '../../base/errors.ts';
import type { Tell } from '../../contract/engine.ts';

type LlamaPackage = typeof llamaPackageType;
export type Llama = Awaited<ReturnType<LlamaPackage['getLlama']>>;

export interface LlamaBinding {
  readonly llama: Llama;
  /** Version of the package and of the llama.cpp inside. */
  readonly version: string;
}

const packageVersion = '3.22.1';

// One instance serves the process, and is never disposed: the binding loses its logger with the second one, and llama.cpp
// then prints to stdout, where results belong. It keeps no process alive.
let shared: LlamaBinding | null = null;
let listener: Tell | null = null;

/**
 * Loads llama.cpp into this process: CPU only, never built, never downloaded. Its log goes to the last caller's `tell`.
 * Throws E_MISSING_PACKAGE when the package or its binary for this system is not installed.
 */
export async function loadLlamaBinding(
  tell: Tell,
  importPackage: () => Promise<LlamaPackage> = () => import('node-llama-cpp'),
): Promise<LlamaBinding> {
  listener = tell;
  if (shared !== null) return shared;
  const llamaPackage = await importPackage().catch((error: unknown) => {
    throw systemCodeOf(error) === 'ERR_MODULE_NOT_FOUND' ? missingPackage(error) : startFailed(error);
  });
  try {
    const llama = await llamaPackage.getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // No limit while contexts are made: they are allowed every core, and each evaluation is then limited (see LlamaRuntime).
      maxThreads: 0,
      logLevel: llamaPackage.LlamaLogLevel.warn,
      logger: (level, message) => listener?.debug(`llama.cpp ${level}: ${message.trim()}`),
    });
    const release = llama.llamaCppRelease.release;
    shared = { llama, version: `${await llamaPackage.getModuleVersion()} (llama.cpp ${release})` };
    return shared;
  } catch (error) {
    throw error instanceof llamaPackage.NoBinaryFoundError ? missingBinary(error) : startFailed(error);
  }
}

function missingPackage(cause: unknown): TokometerError {
  const hint =
    `npm install node-llama-cpp@${packageVersion}` +
    ` (to leave out 600 MB of CUDA and Vulkan binaries: npm install --omit=optional --ignore-scripts` +
    ` node-llama-cpp@${packageVersion} ${binaryPackage()}@${packageVersion})`;
  return new TokometerError(
    'E_MISSING_PACKAGE',
    'the package node-llama-cpp is not installed; --api local_llama needs it',
    {
      hint,
      cause,
    },
  );
}

function missingBinary(cause: unknown): TokometerError {
  const message = `node-llama-cpp has no binary for ${process.platform} ${process.arch} here`;
  return new TokometerError('E_MISSING_PACKAGE', message, {
    hint: `npm install --ignore-scripts ${binaryPackage()}@${packageVersion}`,
    cause,
  });
}

function binaryPackage(): string {
  const system = process.platform === 'darwin' ? 'mac' : process.platform === 'win32' ? 'win' : process.platform;
  const suffix = system === 'mac' && process.arch === 'arm64' ? 'arm64-metal' : process.arch;
  return `@node-llama-cpp/${system}-${suffix}`;
}

function startFailed(cause: unknown): TokometerError {
  return new TokometerError('E_ENGINE_START', `llama.cpp did not start: ${messageOf(cause)}`, {
    hint: 'run again with --debug to see what llama.cpp says',
    cause,
  });
}
