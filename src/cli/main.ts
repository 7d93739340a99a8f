// The terminal's side: argv comes in, an exit code goes out. Commands are loaded when called; none is over 60 lines.
import { TokometerError } from '../base/errors.ts';
import { packageVersion } from '../base/package-version.ts';
import { commandList, commands } from './commands.ts';
import { printError } from './print-error.ts';

/** Runs one command line; returns the exit code and never throws. Results go to stdout, everything else to stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (name === undefined && process.stdin.isTTY && process.stdout.isTTY) return await firstMinute();
    if (name === undefined || name === '--help' || name === '-h') {
      process.stdout.write(overview());
      return 0;
    }
    if (name === '--version' || name === '-V') {
      process.stdout.write(`${packageVersion()}\n`);
      return 0;
    }
    return await runCommand(name, rest);
  } catch (error) {
    return printError(error, { write: (text) => process.stderr.write(text), debug: argv.includes('--debug') });
  }
}

/** Nothing was asked for, and a person looks: what there is to measure. */
async function firstMinute(): Promise<number> {
  const { offerServers } = await import('./first-minute.ts');
  const words = await offerServers(process.stdin, process.stdout);
  const [name, ...rest] = words ?? [];
  return name === undefined ? 0 : runCommand(name, rest);
}

async function runCommand(name: string, argv: readonly string[]): Promise<number> {
  const entry = commands.find((command) => command.name === name);
  if (entry === undefined) throw await unknownCommand(name);
  const command = await entry.load();
  return command.run({ argv, environment: process.env, stdout: process.stdout, stderr: process.stderr });
}

async function unknownCommand(name: string): Promise<TokometerError> {
  const { nearestNameHint } = await import('./nearest-name.ts');
  const names = commands.map((command) => command.name);
  const otherwise = `the commands are ${names.join(', ')}`;
  return new TokometerError('E_USAGE', `"${name}" is not a command of tokometer`, {
    hint: await nearestNameHint(name, names, { before: 'tokometer', otherwise }),
  });
}

function overview(): string {
  return `tokometer ${packageVersion()}: how fast does a language model run?

Usage: tokometer <command> [options]

${commandList()}
Examples:
  tokometer perf --url http://127.0.0.1:8000/v1/completions --model qwen2.5
  tokometer perf --api local_llama --model model.gguf --prompt-lengths 1 512
  tokometer report outputs/qwen2.5/20260131_120000
`;
}
