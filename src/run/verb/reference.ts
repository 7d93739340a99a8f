import type { ReferenceServerValues } from '../../plan/option/reference-server.ts';
import { parseFault } from '../../engine/reference/fault.ts';
import { startReferenceServer } from '../../engine/reference/reference-server.ts';

/** Serves scripted timing until the signal aborts. Throws E_PORT_IN_USE, or E_USAGE for a fault nobody knows. */
export async function serveReference(
  values: ReferenceServerValues,
  control: { signal: AbortSignal; listening(url: string): void },
): Promise<void> {
  const { host, port, maxLength, usage, addedTokens, reasoningTokens, eventsPerWrite, metrics, apiKey } = values;
  const { ttftMs, itlMs, jitterMs, prefillTokensPerSecond, tokensPerChunk, seed } = values;
  const server = await startReferenceServer({
    host,
    port,
    timing: { ttftMs, itlMs, jitterMs, prefillTokensPerSecond, tokensPerChunk, seed },
    model: values.servedModel,
    strictModel: values.strictModel,
    usage,
    maxLength,
    faults: values.faults.map(parseFault),
    tokenize: values.tokenizeEndpoint,
    promptIds: values.takesIds,
    addedTokens,
    reasoningTokens,
    eventsPerWrite,
    metrics,
    apiKey,
  });
  try {
    control.listening(server.url);
    await new Promise<void>((resolve) => {
      if (control.signal.aborted) resolve();
      else control.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await server.close();
  }
}
