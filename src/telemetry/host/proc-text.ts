/** What files of /proc and cgroups say, as numbers. Pure: text in, values out; null where the text says nothing. */

// Linux tells CPU time in units of 1/100 s on every architecture, whatever its kernel counts in.
const tickMs = 10;

/** The first line of /proc/stat: time of all cores together, since the start of the machine. */
export function readCpuLine(text: string): { readonly busyMs: number; readonly stealMs: number } | null {
  const line = /^cpu +([\d ]+)/.exec(text)?.[1];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = line.trim().split(/ +/).map(Number);
  // Interrupts stay out: those of our own sockets can't be told from others.
  return { busyMs: (user + nice + system) * tickMs, stealMs: steal * tickMs };
}

/** /proc/PID/stat: the parent, and the CPU time of the process and of its children that it has fetched. */
export function readProcessLine(
  text: string,
): { readonly parent: number; readonly group: number; readonly cpuMs: number } | null {
  // The program's name, in brackets, may hold anything.
  const close = text.lastIndexOf(')');
  if (close === -1) return null;
  const words = text.slice(close + 2).split(' ');
  const numbers = [11, 12, 13, 14].map((place) => Number(words[place]));
  const ticks = numbers.reduce((sum, one) => sum + one, 0);
  return Number.isFinite(ticks) ? { parent: Number(words[1]), group: Number(words[2]), cpuMs: ticks * tickMs } : null;
}

/** cpu.stat of a cgroup of version 1 (times in ns) or 2 (in us). */
export function readThrottling(text: string): { readonly periods: number; readonly ms: number } | null {
  const value = (name: string): number | null => {
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
    return found === undefined ? null : Number(found);
  };
  const periods = value('nr_throttled');
  const us = value('throttled_usec');
  const ns = value('throttled_time');
  if (periods === null || (us === null && ns === null)) return null;
  return { periods, ms: us === null ? (ns ?? 0) / 1e6 : us / 1e3 };
}

/**
 * Where the cgroup of /proc/self/cgroup keeps a file of a controller: candidates, the nearest first. Inside a container
 * the path is often that of the host, and the group is mounted at the top.
 */
export function cgroupPlaces(
  cgroup: string,
  controller: string,
  files: { readonly v1: string; readonly v2: string },
): string[] {
  const lines = cgroup.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  const v1 = lines.find((match) => match?.[1]?.split(',').includes(controller) === true);
  if (v1 !== undefined && v1 !== null) {
    const mounts = [...new Set([controller, v1[1] ?? controller])].map((name) => `/sys/fs/cgroup/${name}`);
    return mounts.flatMap((mount) => [`${mount}${v1[2] === '/' ? '' : v1[2]}/${files.v1}`, `${mount}/${files.v1}`]);
  }
  const v2 = lines.find((match) => match?.[1] === '');
  if (v2 === undefined || v2 === null) return [];
  return [`/sys/fs/cgroup${v2[2] === '/' ? '' : v2[2]}/${files.v2}`, `/sys/fs/cgroup/${files.v2}`];
}

/** Inodes of the sockets that listen on a port, from /proc/net/tcp or tcp6. */
// Columns: number, local address, remote address, state (0A: listening), ..., inode in the tenth.
export function listeningInodes(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    return columns[1]?.endsWith(wanted) === true && columns[3] === '0A' ? [columns[9] ?? ''] : [];
  });
}
