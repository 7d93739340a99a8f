/** The folder of the package, which holds `python/` and `package.json`: this file, and the program's chunks, lie two folders below. */
export const packageRoot = new URL('../../', import.meta.url);
