import { BlockList, isIP } from 'node:net';
import { maskSecrets } from '../../base/mask-secrets.ts';

export interface ProxyInput {
  /** The server's address. */
  readonly url: URL;
  /** Of --proxy; null: the environment decides. */
  readonly proxy: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** `proxy` null: requests go directly. `note`: what a person must know of it; null: nothing. */
export interface ProxyChoice {
  readonly proxy: URL | null;
  readonly note: string | null;
}

const direct: ProxyChoice = { proxy: null, note: null };

/**
 * The way to a server. --proxy holds for every address. HTTPS_PROXY or HTTP_PROXY, by the server's scheme, else ALL_PROXY
 * (lower case first, as curl has it) hold for public addresses that NO_PROXY does not name. Names are judged as they
 * are written: none is looked up.
 */
export function chooseProxy({ url, proxy, environment }: ProxyInput): ProxyChoice {
  if (proxy !== null) return through(new URL(proxy), '--proxy');
  if (isLocalHost(url.hostname)) return direct;
  const scheme = url.protocol.slice(0, -1);
  for (const name of [`${scheme}_proxy`, 'all_proxy']) {
    for (const variable of [name, name.toUpperCase()]) {
      const value = environment[variable]?.trim();
      if (value === undefined || value === '') continue;
      if (isExcepted(url, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return direct;
      return ofVariable(variable, value);
    }
  }
  return direct;
}

function ofVariable(variable: string, value: string): ProxyChoice {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const usable = /^https?:/i.test(text) && URL.canParse(text);
  if (usable) return through(new URL(text), variable);
  return {
    proxy: null,
    note: `${variable} names no http:// or https:// proxy (${shownProxy(text)}): requests go directly.`,
  };
}

function through(proxy: URL, source: string): ProxyChoice {
  const way = source === '--proxy' ? '' : '; NO_PROXY leaves a host out';
  return { proxy, note: `Requests go through the proxy ${shownProxy(proxy.href)} (${source}${way}).` };
}

/** A proxy for a person to read: without user name and password. */
export function shownProxy(text: string): string {
  const shown = maskSecrets(text);
  return URL.canParse(text) && new URL(text).pathname === '/' ? shown.replace(/\/$/, '') : shown;
}

const localAddresses = new BlockList();
// Unspecified, private, shared by carriers, loopback, link-local (RFC 6890), and the same of IPv6.
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  localAddresses.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  localAddresses.addSubnet(network, prefix, 'ipv6');
}

/**
 * Whether a host is of this machine or network: loopback, link-local and private addresses, names of one label, and
 * names under .localhost, .local, .internal and .home.arpa.
 */
export function isLocalHost(hostname: string): boolean {
  const host = plainHost(hostname);
  if (isIP(host) !== 0) return isListed(localAddresses, host);
  return !host.includes('.') || /\.(?:localhost|local|internal|home\.arpa)$/.test(host);
}

function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replaceAll(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

function isListed(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** NO_PROXY: `*`, names with all that is under them, addresses, networks such as 10.0.0.0/8; each with or without a port. */
function isExcepted(url: URL, exceptions: string): boolean {
  const host = plainHost(url.hostname);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return exceptions.split(/[\s,]+/).some((entry) => {
    if (entry === '' || entry === '*') return entry === '*';
    const parts = /^(?:\[(?<six>[^\]]+)\]|(?<name>[^:]+)|(?<bare>[^[\]]+))(?::(?<port>\d+))?$/.exec(
      entry.toLowerCase(),
    )?.groups;
    const name = parts?.['six'] ?? parts?.['name'] ?? parts?.['bare'];
    if (name === undefined || (parts?.['port'] !== undefined && parts['port'] !== port)) return false;
    return isNamed(host, name);
  });
}

function isNamed(host: string, entry: string): boolean {
  const [network = '', prefix] = entry.split('/');
  const family = isIP(network);
  if (family !== 0) {
    const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
    if (isIP(host) !== family || !Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
    const list = new BlockList();
    list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6');
    return isListed(list, host);
  }
  const name = entry.replace(/^\*?\./, '');
  return host === name || host.endsWith(`.${name}`);
}
