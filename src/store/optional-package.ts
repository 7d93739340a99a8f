import { systemCodeOf, TokometerError } from '../base/errors.ts';

/** Packages that only some formats need, with the versions that they are tested with. */
export const optionalPackages = {
  'hyparquet-writer': '0.17.0',
  'sql.js': '1.16.0',
  '@duckdb/node-api': '1.5.6-r.1',
} as const;

const missingCodes: readonly (string | null)[] = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];

/** Loads a package that users install when they need it. Throws E_MISSING_PACKAGE with the line that installs it. */
export async function loadOptional<Package>(
  name: keyof typeof optionalPackages,
  neededBy: string,
  load: () => Promise<Package>,
): Promise<Package> {
  try {
    return await load();
  } catch (error) {
    if (!missingCodes.includes(systemCodeOf(error))) throw error;
    throw new TokometerError('E_MISSING_PACKAGE', `the package ${name} is not installed; ${neededBy} needs it`, {
      hint: `npm install ${name}@${optionalPackages[name]}`,
      cause: error,
    });
  }
}
