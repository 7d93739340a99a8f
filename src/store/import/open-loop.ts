import { TokometerError } from '../../base/errors.ts';

/** Results of an open loop have no cell of ours to be compared in. */
export function refuseOpenLoop(file: string, rate: number): never {
  throw new TokometerError(
    'E_USAGE',
    `${file} was measured in an open loop${rate > 0 ? `, at ${rate} requests/s` : ''}`,
    {
      hint: 'compare reads results of other tools with a fixed number of requests in flight',
    },
  );
}
