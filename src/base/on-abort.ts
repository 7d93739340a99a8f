const callsOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when the signal aborts; returns what takes that back. Many may wait for one signal: a listener of their own
 * each would cost a walk over all others when it is added.
 */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  let calls = callsOf.get(signal);
  if (calls === undefined) {
    const waiting = new Set<() => void>();
    signal.addEventListener('abort', () => callAll(waiting), { once: true });
    callsOf.set(signal, waiting);
    calls = waiting;
  }
  const waiting = calls;
  const own = (): void => call();
  waiting.add(own);
  return () => waiting.delete(own);
}

function callAll(waiting: Set<() => void>): void {
  for (const call of waiting) {
    waiting.delete(call);
    call();
  }
}
