// The dice of the fuzzers: small and fast, one state per case, so that any case can be made again from its number alone.

/** Dice whose throws follow from two integers. */
export function dice(seed, number) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)) >>> 0;
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound) => next() % bound;
  return { below, one: (values) => values[below(values.length)], often: (percent) => below(100) < percent };
}

const sharp = Buffer.from('\r\n\r\n :;,0123456789abfAF\t"\0\x7f\xff-_hHtTpP/.', 'latin1');

/** A damaged copy: some bytes changed, put in, taken out, repeated, or the end cut off. */
export function damaged(bytes, { below, often }) {
  let parts = bytes;
  for (let times = 1 + below(3); times > 0 && parts.length > 0; times--) {
    const at = below(parts.length);
    const byte = Buffer.of(often(80) ? sharp[below(sharp.length)] : below(256));
    const length = 1 + below(often(80) ? 3 : 40);
    switch (below(6)) {
      case 0:
      case 1:
        parts = Buffer.concat([parts.subarray(0, at), byte, parts.subarray(at + 1)]);
        break;
      case 2:
        parts = Buffer.concat([parts.subarray(0, at), byte, parts.subarray(at)]);
        break;
      case 3:
        parts = Buffer.concat([parts.subarray(0, at), parts.subarray(at + length)]);
        break;
      case 4:
        parts = Buffer.concat([parts.subarray(0, at + length), parts.subarray(at)]);
        break;
      default:
        if (often(30)) parts = parts.subarray(0, at);
    }
  }
  return parts;
}

/** Ascending places where a read ends; the last is the end of the bytes. */
export function cutsOf(length, { below, often }) {
  if (often(5)) return Array.from({ length }, (_, index) => index + 1);
  const places = new Set();
  const wanted = length > 1 ? below(often(80) ? 5 : 20) : 0;
  for (let count = wanted; count > 0; count--) places.add(1 + below(length - 1));
  return [...places, length].toSorted((one, other) => one - other);
}

/** The shortest input found that still makes `differs` true: ever smaller pieces are left out, then cuts. */
export function shrink({ bytes, cuts }, differs) {
  let best = { bytes, cuts };
  const tryIt = (candidate) => {
    if (!differs(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let size = bytes.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= best.bytes.length;) {
      const rest = Buffer.concat([best.bytes.subarray(0, at), best.bytes.subarray(at + size)]);
      const moved = best.cuts.map((cut) => (cut <= at ? cut : Math.max(at, cut - size)));
      if (!tryIt({ bytes: rest, cuts: [...new Set(moved)] })) at += size;
    }
  }
  for (let index = best.cuts.length - 2; index >= 0; index--) {
    tryIt({ bytes: best.bytes, cuts: best.cuts.toSpliced(index, 1) });
  }
  return best;
}
