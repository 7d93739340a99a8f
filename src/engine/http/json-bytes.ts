/** Whether this byte may follow a backslash; `u` is not among them. */
function isSimpleEscape(byte: number): boolean {
  return (
    byte === 0x22 ||
    byte === 0x5c ||
    byte === 0x2f ||
    byte === 0x62 ||
    byte === 0x66 ||
    byte === 0x6e ||
    byte === 0x72 ||
    byte === 0x74
  );
}

/** Whether this byte is a hexadecimal digit. */
function isHexadecimal(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** Where the character of several bytes ends that begins here, by RFC 3629; -1: overlong, a surrogate, too high or cut. */
export function afterMultibyte(bytes: Uint8Array, position: number, end: number): number {
  const lead = bytes[position] ?? 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const second = position + 1 < end ? (bytes[position + 1] ?? 0) : 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  let right = lead >= 0xc2 && lead <= 0xf4 && second >= low && second <= high && position + length <= end;
  for (let index = 2; right && index < length; index++) right = ((bytes[position + index] ?? 0) & 0xc0) === 0x80;
  return right ? position + length : -1;
}

/** Where the escape at `position` (its backslash) ends; -1 when it is none. */
export function afterEscape(bytes: Uint8Array, position: number, end: number): number {
  if (position + 1 >= end) return -1;
  const byte = bytes[position + 1] ?? 0;
  if (byte !== 0x75) return isSimpleEscape(byte) ? position + 2 : -1;
  if (position + 6 > end) return -1;
  for (let index = position + 2; index < position + 6; index++) if (!isHexadecimal(bytes[index] ?? 0)) return -1;
  return position + 6;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Whether this word stands at `position`. */
export function standsAt(bytes: Uint8Array, position: number, word: Uint8Array): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[position + index] !== word[index]) return false;
  return true;
}
