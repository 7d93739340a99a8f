/** One way of reading memory, never mixed with another. Bytes; people are shown GiB, 2^30 bytes. */
export interface MemoryFigure {
  /**
   * `engine`: what the engine itself reports. `process`: its processes on the devices. `device`: the devices as a whole, or
   * their rise since before the engine. `host`: resident memory.
   */
  readonly kind: 'engine' | 'process' | 'device' | 'host';
  /** null where it can't be read; the reason says why. */
  readonly bytes: number | null;
  readonly method: string;
  readonly reason: string | null;
  /** Of host memory, where it was read apart. */
  readonly host?: HostMemory | undefined;
}

/** Resident memory in its parts: a mapped file of weights is no memory that the process needs. */
export interface HostMemory {
  /** Shared memory among it. */
  readonly anonymousBytes: number;
  /** Pages of mapped files; shared ones are counted in each process. */
  readonly fileBytes: number;
  /** Highest memory of the cgroup since it was made, page cache included; null: not told. */
  readonly cgroupPeakBytes: number | null;
}
