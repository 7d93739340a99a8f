import type { Engine, ProbeResult } from '../contract/engine.ts';
import type { RequestSpec, TokenUsage } from '../contract/request.ts';
import { silentSink } from './silent-sink.ts';

/** The probe of an engine in this process: a request like any other, of which only the counts are kept. */
export async function probeBySending(engine: Pick<Engine, 'send'>, request: RequestSpec): Promise<ProbeResult> {
  let usage: TokenUsage = { promptTokens: null, cachedTokens: null, outputTokens: null };
  const sink = {
    ...silentSink,
    usage: (counted: TokenUsage): void => {
      usage = counted;
    },
  };
  const outcome = await engine.send(request, sink, new AbortController().signal);
  return { outcome, usage };
}
