import type { HubName, LocatedModel } from './model-request.ts';

/** A model in a hub's cache, whole or not. */
export interface CachedModel {
  readonly path: string;
  /** Commit, or the revision's name. */
  readonly revision: string;
  /** What is not there, in words. */
  readonly missing: readonly string[];
  readonly bytes: number;
}

/** One hub, asked for one model. */
export interface ModelHub {
  readonly name: HubName;
  readonly title: string;
  /** What the cache holds, without any traffic; null: nothing. */
  cached(): Promise<CachedModel | null>;
  /** Lists the model and brings what is missing. Throws HubHttpError, HubUnreachableError, or a TokometerError. */
  bring(): Promise<LocatedModel>;
  /** What an unsuccessful exchange means for a person, and what to do. */
  explain(error: HubFailure): { readonly message: string; readonly hint: string };
}

/** What is known of an exchange that failed. */
export interface HubFailure {
  readonly message: string;
  /** null: there was no answer. */
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly said: string;
}
