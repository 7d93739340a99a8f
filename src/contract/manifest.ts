/** What it takes to repeat a run beside its plan, and cannot be read off engine.json and environment.json: manifest.json. */
export interface ManifestFacts {
  readonly v: 1;
  /** Environment variables that engines heed; secrets are masked. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of the GPUs on this machine: `NVIDIA 570.86.15`; null: none is used here, or it is not told. */
  readonly driver: string | null;
  /** null: a served API keeps its model to itself. */
  readonly model: ModelManifest | null;
  /** Of --tokenizer-path. */
  readonly tokenizer: readonly FileManifest[];
  /** null: no server. */
  readonly server: ServerManifest | null;
  /** null: a run of its own. */
  readonly repeats: Repeats | null;
}

/** A model as it lay on this machine. */
export interface ModelManifest {
  readonly path: string;
  readonly source: 'folder' | 'huggingface' | 'modelscope';
  /** Commit or branch of the hub; null: no hub told it. */
  readonly revision: string | null;
  /** Sorted by path. */
  readonly files: readonly FileManifest[];
}

export interface FileManifest {
  /** Relative to the model's folder. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  /** Hexadecimal. */
  readonly digest: string;
  /**
   * `sha256`: of the whole file, read now. `head-sha256`: of its first 4 MiB, read now. `hub-sha256`, `hub-git-sha1`: of the
   * whole file, by which the hub's cache verified it when it came.
   */
  readonly method: 'sha256' | 'head-sha256' | 'hub-sha256' | 'hub-git-sha1';
}

/** What a server said of itself before the first request, as JSON; null: it did not answer. Secrets are masked. */
export interface ServerManifest {
  /** /version */
  readonly version: unknown;
  /** /v1/models */
  readonly models: unknown;
  /** /props, of llama-server. */
  readonly properties: unknown;
  /** /server_info, or /get_server_info, of SGLang. */
  readonly serverInfo: unknown;
  /** Labels of `vllm:cache_config_info` in /metrics. */
  readonly cacheConfig: Readonly<Record<string, string>> | null;
}

/** Which run this one repeats. */
export interface Repeats {
  readonly directory: string;
  /** What is not as it was; empty: nothing that is known. */
  readonly differences: readonly RepeatDifference[];
}

export interface RepeatDifference {
  /** `OMP_NUM_THREADS`, `kernel`, `plan traffic.repetitions`. */
  readonly what: string;
  readonly before: string;
  readonly now: string;
}
