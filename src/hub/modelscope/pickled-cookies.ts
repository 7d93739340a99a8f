/**
 * The session that ModelScope's Python client keeps in `~/.modelscope/credentials/cookies`, a pickled cookie jar; null
 * when there is none, or it has expired. Reads just the texts, the integers and the memo of the pickle: each cookie has
 * a `name`, a `value` and an `expires` in Unix seconds. Nothing in the file is ever executed.
 */
export function sessionInCookies(bytes: Buffer, nowMs = Date.now()): string | null {
  const words = wordsIn(bytes);
  for (const [index, word] of words.entries()) {
    if (word !== 'm_session_id' || words[index - 1] !== 'name' || words[index + 1] !== 'value') continue;
    const value = words[index + 2];
    const expires = words[words.indexOf('expires', index) + 1];
    if (typeof expires === 'number' && expires * 1000 < nowMs) continue;
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

type Word = string | number;

/** Bytes that follow the opcodes of a pickled cookie jar; those of other lengths are read apart. */
const operandBytes: Readonly<Record<number, number>> = { 0x80: 1, 0x95: 8, 0x47: 8 };
const integerBytes: Readonly<Record<number, number>> = { 0x4b: 1, 0x4d: 2, 0x4a: 4 };
/** Opcode to the bytes of its memo slot. */
const putBytes: Readonly<Record<number, number>> = { 0x71: 1, 0x72: 4 };
const getBytes: Readonly<Record<number, number>> = { 0x68: 1, 0x6a: 4 };
/** Opcode to the bytes of its length. */
const textBytes: Readonly<Record<number, number>> = { 0x8c: 1, 0x58: 4 };
const memoizeNext = 0x94;
const globalName = 0x63;
const newLine = 10;

/** The texts and integers of a pickle in the order in which they are pushed, those from its memo included. */
function wordsIn(bytes: Buffer): Word[] {
  const words: Word[] = [];
  const memo = new Map<number, Word | null>();
  let top: Word | null = null;
  let at = 0;
  const take = (width: number): number => {
    const number = at + width <= bytes.length ? bytes.readUIntLE(at, width) : 0;
    at += width;
    return number;
  };
  while (at < bytes.length) {
    const opcode = take(1);
    const [text, integer, put, get] = [textBytes, integerBytes, putBytes, getBytes].map((table) => table[opcode]);
    if (opcode === memoizeNext) {
      memo.set(memo.size, top);
      continue;
    }
    if (put !== undefined) {
      memo.set(take(put), top);
      continue;
    }
    top = null;
    if (text !== undefined) {
      const end = take(text) + at;
      top = bytes.toString('utf8', at, end);
      at = end;
    } else if (integer !== undefined) {
      top = take(integer);
    } else if (get !== undefined) {
      top = memo.get(take(get)) ?? null;
    } else if (opcode === globalName) {
      const end = bytes.indexOf(newLine, bytes.indexOf(newLine, at) + 1);
      if (end < 0) break;
      at = end + 1;
    } else {
      at += operandBytes[opcode] ?? 0;
    }
    if (top !== null) words.push(top);
  }
  return words;
}
