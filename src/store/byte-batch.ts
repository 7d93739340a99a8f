const zero = 0x30;
const minus = 0x2d;
const comma = 0x2c;
// The room for one number and its sign.
const numberBytes = 25;

/**
 * Bytes on their way to a file: text and whole numbers are written straight into one buffer, which is used again and again.
 * A string of each number would be most of what a run leaves to the garbage collector.
 */
export class ByteBatch {
  #buffer: Buffer;
  #length = 0;
  readonly #fullBytes: number;

  /** It is full from `fullBytes` on, and takes more all the same. */
  constructor(fullBytes: number) {
    this.#fullBytes = fullBytes;
    this.#buffer = Buffer.allocUnsafeSlow(2 * fullBytes);
  }

  get isFull(): boolean {
    return this.#length >= this.#fullBytes;
  }

  /** What was added since it was emptied; valid until then. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  empty(): void {
    this.#length = 0;
  }

  text(text: string): void {
    // A UTF-16 unit has at most three bytes.
    this.#makeRoom(3 * text.length);
    this.#length += this.#buffer.write(text, this.#length);
  }

  comma(): void {
    this.#makeRoom(1);
    this.#buffer[this.#length++] = comma;
  }

  /** As `String` writes it. */
  wholeNumber(value: number): void {
    const rest = value | 0;
    if (rest !== value) {
      this.text(String(value));
      return;
    }
    this.#makeRoom(numberBytes);
    const buffer = this.#buffer;
    // Of a negative number as well: the least 32-bit one has no positive twin.
    let left = rest > 0 ? -rest : rest;
    if (rest < 0) buffer[this.#length++] = minus;
    let end = this.#length + digitsOf(left);
    this.#length = end;
    do {
      const tens = (left / 10) | 0;
      buffer[--end] = zero + tens * 10 - left;
      left = tens;
    } while (left !== 0);
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(2 * (this.#length + bytes));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

// Of a number that is not positive.
function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = -10; digits < 10 && value <= limit; limit *= 10) digits++;
  return digits;
}
