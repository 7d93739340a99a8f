import type { exitCodes } from './errors.ts';

/** What help and docs say of each exit code. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'It was done.',
  bug: 'A bug of Tokometer; --debug shows where.',
  usage:
    "A command line, a file of options or a run directory that can't be used as it is; the message says what to change.",
  environment:
    'Something is missing or in the way on this machine: a package, a file of the model, a device, a port, disk space.',
  engineStart: 'The engine did not start, or the served API did not answer the connection test.',
  allFailed: 'Every request failed.',
  gateMissed: 'A gate of tokometer compare was missed, or no row is valid.',
  interrupted: 'Interrupted by Ctrl-C or a signal; what was measured is kept.',
};
