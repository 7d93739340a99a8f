import type { Engine, ProbeResult } from '../../../src/contract/engine.ts';
import type { FailureKind, Outcome, RequestSpec } from '../../../src/contract/request.ts';

/** What a server of the test takes and tells. */
export interface ServedModel {
  /** Tokens of a text without BOS. */
  count(text: string): number;
  takesIds: boolean;
  takesText?: boolean;
  /** false: as an engine in this process. */
  hasProbe?: boolean;
  reportsUsage: boolean;
  hasTokenize: boolean;
  /** Tokens put before each prompt. */
  addedTokens: number;
  /** Ends every request so. */
  failure?: { kind: FailureKind; httpStatus: number | null };
  /** Ids are decoded and cut anew. */
  countsIdsAnew?: boolean;
}

/** An engine that counts as a server would, and keeps what it was asked. */
export interface ServedEngine extends Engine {
  readonly probes: RequestSpec[];
  readonly tokenized: string[];
}

const ok: Outcome = {
  status: 'ok',
  failure: null,
  message: null,
  httpStatus: 200,
  finishReason: 'length',
  lengthRule: 'none',
};

export function servedEngine(model: ServedModel): ServedEngine {
  const probes: RequestSpec[] = [];
  const tokenized: string[] = [];
  const probe = (request: RequestSpec): Promise<ProbeResult> => {
    probes.push(request);
    return Promise.resolve(answer(model, request));
  };
  const tokenize = (text: string): Promise<Uint32Array> => {
    tokenized.push(text);
    return Promise.resolve(new Uint32Array(model.count(text)));
  };
  return {
    probes,
    tokenized,
    facts: () => {
      throw new Error('a recipe needs no facts');
    },
    send: () => Promise.reject(new Error('a recipe sends nothing that is measured')),
    close: () => Promise.resolve(),
    ...(model.hasProbe === false ? {} : { probe }),
    ...(model.hasTokenize ? { tokenize } : {}),
  };
}

function answer(model: ServedModel, { prompt }: RequestSpec): ProbeResult {
  const unknown = { promptTokens: null, cachedTokens: null, outputTokens: null };
  if (model.failure !== undefined) {
    const { kind, httpStatus } = model.failure;
    return {
      outcome: { ...ok, status: 'failed', failure: kind, message: `the server said ${kind}`, httpStatus },
      usage: unknown,
    };
  }
  if (prompt.kind === 'ids' ? !model.takesIds : model.takesText === false) {
    const message = `prompt must not be ${prompt.kind}`;
    return { outcome: { ...ok, status: 'failed', failure: 'http-status', message, httpStatus: 400 }, usage: unknown };
  }
  if (!model.reportsUsage) return { outcome: ok, usage: unknown };
  const tokens =
    prompt.kind === 'text' ? model.count(prompt.text) : prompt.ids.length * (model.countsIdsAnew === true ? 2 : 1);
  return { outcome: ok, usage: { promptTokens: tokens + model.addedTokens, cachedTokens: 0, outputTokens: 1 } };
}
