/** What a file must hash to: the SHA-256 of its bytes, or git's SHA-1 of a blob, which hashes the length first. */
export interface Digest {
  readonly kind: 'sha256' | 'git-sha1';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

/** A file as a hub lists it. */
export interface RemoteFile {
  /** Inside the repository, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** null: the hub tells none, and only the length can be checked. */
  readonly digest: Digest | null;
}
