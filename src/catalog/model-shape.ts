/** The architecture of a decoder-only model. Sizes are counts of elements, lengths are tokens. */
export interface ModelShape {
  /** As published, with the organisation: `Qwen/Qwen2.5-7B-Instruct`. */
  readonly name: string;
  readonly family: 'qwen2' | 'qwen3' | 'qwen3moe';
  readonly layers: number;
  readonly hiddenSize: number;
  readonly attentionHeads: number;
  readonly keyValueHeads: number;
  readonly headDimension: number;
  readonly intermediateSize: number;
  /** null: every layer has one dense feed-forward block. */
  readonly experts: { readonly count: number; readonly perToken: number; readonly intermediateSize: number } | null;
  readonly vocabularySize: number;
  /** The output projection is the embedding table. */
  readonly tiedEmbeddings: boolean;
  /** Biases on the query, key and value projections. */
  readonly attentionBias: boolean;
  readonly queryKeyNorm: boolean;
  readonly contextLength: number;
  readonly ropeTheta: number;
  readonly normEpsilon: number;
  readonly bosTokenId: number;
  readonly eosTokenId: number;
}
