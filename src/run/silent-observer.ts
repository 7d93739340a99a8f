import type { RunObserver } from '../contract/engine.ts';

const ignore = (): void => undefined;

/** For a library that was given no observer: a run says nothing by itself. */
export const silentObserver: RunObserver = {
  stage: ignore,
  note: ignore,
  warning: ignore,
  debug: ignore,
  pass: ignore,
  request: ignore,
  passEnd: ignore,
};
