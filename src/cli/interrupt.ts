/** Turns Ctrl-C and a polite kill into an abort signal; a second one ends the process as the system would. */
export function onInterrupt(said: () => void): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const dispose = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  // The listener stays after the first signal: libraries that watch signals (node-llama-cpp brings one) end the process
  // at once where they find no other listener.
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      dispose();
      process.kill(process.pid, signal);
      return;
    }
    said();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { signal: controller.signal, dispose };
}
