import { findLocalServers, usualPorts, type LocalServer } from '../../engine/http/local-servers.ts';

export type { LocalServer } from '../../engine/http/local-servers.ts';

/** What can be measured at once on this machine. */
export interface ServersFound {
  readonly servers: readonly LocalServer[];
  /** Where was looked: `8000 (vLLM)`. */
  readonly looked: readonly string[];
}

/** Looks for served models on this machine's usual ports. */
export async function findServers(): Promise<ServersFound> {
  return { servers: await findLocalServers(), looked: usualPorts.map(({ port, program }) => `${port} (${program})`) };
}
