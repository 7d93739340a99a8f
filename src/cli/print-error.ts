import { exitCodes, messageOf, TokometerError } from '../base/errors.ts';
import { plainText } from '../base/escape.ts';

/** Tells of an error in the one voice that all errors have, and returns the exit code. */
export function printError(error: unknown, output: { write(text: string): unknown; debug: boolean }): number {
  if (error instanceof TokometerError) {
    output.write(`error  ${error.code} ${indentRest(plainText(error.message))}\n`);
    if (error.hint !== null) output.write(`hint   ${indentRest(plainText(error.hint))}\n`);
    if (output.debug && error.cause instanceof Error) output.write(`${error.cause.stack ?? ''}\n`);
    return error.exitCode;
  }
  output.write(`error  E_BUG ${plainText(messageOf(error))}\n`);
  output.write(`hint   this is a bug of Tokometer: please report it with the lines below and the command\n`);
  output.write(`${error instanceof Error ? (error.stack ?? '') : ''}\n`);
  return exitCodes.bug;
}

function indentRest(text: string): string {
  return text.replaceAll('\n', '\n       ');
}
