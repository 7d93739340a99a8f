import type { Tell } from '../contract/engine.ts';

export type HubName = 'huggingface' | 'modelscope';

/** `config`: the configuration and the tokenizer, for dummy weights; `weights`: these and the weights. */
export type ModelNeed = 'weights' | 'config';

export interface DownloadState {
  readonly files: number;
  readonly filesDone: number;
  readonly bytes: number;
  /** Bytes that were there already count as done. */
  readonly bytesDone: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ModelRequest {
  /** A folder, a file, or a hub id such as `Qwen/Qwen2.5-0.5B-Instruct`. */
  readonly name: string;
  readonly hub: 'auto' | HubName;
  /** Branch, tag or commit; null: the hub's default branch. */
  readonly revision: string | null;
  readonly need: ModelNeed;
  readonly environment: Environment;
  readonly tell: Tell;
  /** Called at most ten times a second while files come, and at the end. */
  progress(state: DownloadState): void;
  readonly signal?: AbortSignal;
}

export interface LocatedModel {
  /** Absolute. */
  readonly path: string;
  readonly source: 'folder' | HubName;
  /** The commit where the hub can tell it, else the revision's name; null for a folder. */
  readonly revision: string | null;
  /** Nothing was downloaded. */
  readonly fromCache: boolean;
  /** What the engine needs of it. */
  readonly bytes: number;
}
