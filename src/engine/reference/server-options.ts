import type { ReferenceTiming } from '../../contract/plan.ts';
import type { ReferenceFault } from './fault.ts';

/** How a reference server answers. */
export interface ReferenceServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly timing: ReferenceTiming;
  /** The served model name. */
  readonly model: string;
  /** Whether requests for another model get a 404. */
  readonly strictModel: boolean;
  /** `final`: a usage event where the request asks for one; `running`: with each chunk too, where asked for; `off`: none. */
  readonly usage: 'final' | 'running' | 'off';
  /** Longest prompt + generation, in tokens. */
  readonly maxLength: number;
  readonly faults: readonly ReferenceFault[];
  /** Whether /tokenize and /detokenize are there; without them /generate takes ids alone and tells ids alone. */
  readonly tokenize: boolean;
  /** Whether prompts of token ids are taken. */
  readonly promptIds: boolean;
  /** Tokens that are added to each prompt, as a BOS token or a template would. */
  readonly addedTokens: number;
  /** The first tokens of a chat answer that are reasoning. */
  readonly reasoningTokens: number;
  /** Events that go out in one write, when the last of them is due. */
  readonly eventsPerWrite: number;
  /** On /generate: an event holds the new ids alone. Left out: all so far, as SGLang does unless it is told otherwise. */
  readonly incrementalOutput?: boolean;
  /** Whether /metrics is there; left out: it is. */
  readonly metrics?: boolean;
  /** Asked for on /v1 paths and on /generate; null: none. */
  readonly apiKey: string | null;
}
