/** Whether this byte may follow a backslash; `u` is not among them. */
export function isSimpleEscape(byte: number): boolean {
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
export function isHexadecimal(byte: number): boolean {
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
