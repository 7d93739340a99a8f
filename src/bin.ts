#!/usr/bin/env node
import { systemCodeOf } from './base/errors.ts';
import { markOnThisThread } from './base/marking.ts';
import { main } from './cli/main.ts';

markOnThisThread();

// A reader that has seen enough, such as `head`, ends no measurement: what is left is not printed.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (systemCodeOf(error) !== 'EPIPE') throw error;
  });
}

process.exitCode = await main(process.argv.slice(2));
