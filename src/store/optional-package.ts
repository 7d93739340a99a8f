import { systemCodeOf, TokometerError } from '../base/errors.ts';

/** Packages that only some formats need, with the versions that they are tested with. */
export const optionalPackages = {
  'hyparquet-writer': '0.17.0',
  'sql.js': '1.16.0',
  '@duckdb/node-api': '1.5.6-r.1',
  '@opentelemetry/api': '1.9.1',
  '@opentelemetry/sdk-metrics': '2.12.0',
  '@opentelemetry/resources': '2.12.0',
  '@opentelemetry/exporter-metrics-otlp-http': '0.223.0',
} as const;

type OptionalPackage = keyof typeof optionalPackages;

const missingCodes: readonly (string | null)[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/** Loads packages that users install when they need them. Throws E_MISSING_PACKAGE with the line that installs them all. */
export async function loadOptional<Package>(
  names: readonly [OptionalPackage, ...OptionalPackage[]],
  neededBy: string,
  load: () => Promise<Package>,
): Promise<Package> {
  try {
    return await load();
  } catch (error) {
    if (!missingCodes.includes(systemCodeOf(error))) throw error;
    const message =
      names.length === 1
        ? `the package ${names[0]} is not installed; ${neededBy} needs it`
        : `${neededBy} needs ${names.length} packages, and not all of them are installed`;
    throw new TokometerError('E_MISSING_PACKAGE', message, {
      hint: `npm install ${names.map((name) => `${name}@${optionalPackages[name]}`).join(' ')}`,
      cause: error,
    });
  }
}
