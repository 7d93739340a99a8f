import { writeFile } from 'node:fs/promises';

import { outputTarget, replaceFile } from '../store/output-file.ts';

/** Sends a result to stdout, or into the file of `--output`, whole or not at all. Throws E_USAGE, E_OUTPUT, E_DISK_FULL. */
export async function deliver(
  result: string | Uint8Array,
  output: string | null,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  if (output === null) {
    stdout.write(result);
    return;
  }
  await fillOutput(output, (temporary) => writeFile(temporary, result));
}

/** The same for what writes its file itself. */
export async function fillOutput(output: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  await replaceFile(await outputTarget(output), fill, '--output');
}
