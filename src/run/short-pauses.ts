import { setFlagsFromString } from 'node:v8';

// The newest V8 that was seen to know the flag, Node 24's; one that doesn't know it would print an error.
const newestMajor = 13;
const flag = '--semi-space-growth-factor';
const usual = 2;

/**
 * Keeps the heap's young generation from growing until what it returns is called. Pauses to clear it are as long as what is alive in
 * it, which under load is much: the state of each request in flight. Cleared more often it takes no more time in all, but each
 * pause is a fraction of that.
 */
export function keepPausesShort(): () => void {
  if (Number.parseInt(process.versions.v8, 10) > newestMajor) return () => undefined;
  setFlagsFromString(`${flag}=1`);
  return () => setFlagsFromString(`${flag}=${usual}`);
}
