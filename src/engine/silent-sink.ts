import type { ChunkSink } from '../contract/request.ts';

/** For requests that nobody measures. */
export const silentSink: ChunkSink = {
  sent: () => undefined,
  chunk: () => undefined,
  usage: () => undefined,
  timings: () => undefined,
  ended: () => undefined,
};
