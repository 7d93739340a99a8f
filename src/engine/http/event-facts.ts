/** Facts that are numbers; -1: not there. */
export type NumberFact =
  | 'promptTokens'
  | 'completionTokens'
  | 'cachedTokens'
  | 'promptMs'
  | 'promptN'
  | 'predictedMs'
  | 'predictedN'
  | 'cacheN';

/** What counting needs of one event. */
export class EventFacts {
  /** `choices` is there and not empty, or SGLang's `meta_info` is. */
  hasChoice = false;
  hasAnswer = false;
  hasReasoning = false;
  /** Length of `choices[0].token_ids`. */
  tokenIds = -1;
  finishReason: string | null = null;
  hasUsage = false;
  promptTokens = -1;
  completionTokens = -1;
  cachedTokens = -1;
  hasTimings = false;
  promptMs = -1;
  promptN = -1;
  predictedMs = -1;
  predictedN = -1;
  cacheN = -1;
  hasError = false;

  protected reset(): void {
    this.hasChoice = false;
    this.hasAnswer = false;
    this.hasReasoning = false;
    this.tokenIds = -1;
    this.finishReason = null;
    this.hasUsage = false;
    this.promptTokens = -1;
    this.completionTokens = -1;
    this.cachedTokens = -1;
    this.hasTimings = false;
    this.promptMs = -1;
    this.promptN = -1;
    this.predictedMs = -1;
    this.predictedN = -1;
    this.cacheN = -1;
    this.hasError = false;
  }
}
