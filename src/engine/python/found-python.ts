/** An interpreter that has what an engine needs. */
export interface FoundPython {
  readonly path: string;
  /** Where it was found, for a person. */
  readonly source: string;
  /** Of Python itself. */
  readonly version: string;
  /** Versions of the packages that were looked for; null: not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
}

/** Python and the packages that it has, with their versions. */
export function packagesOf({ version, packages }: FoundPython): Record<string, string> {
  const installed = Object.entries(packages).filter((one): one is [string, string] => one[1] !== null);
  return { python: version, ...Object.fromEntries(installed) };
}
