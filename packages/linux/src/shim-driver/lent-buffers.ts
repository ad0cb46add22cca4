/** What is read by and large: keystrokes and log lines. */
const smallBuffer = 16 * 1024;
/** As much as a unix socket holds by default, and some more. */
const largeBuffer = 256 * 1024;
/** So few bytes are copied, so that they keep no large buffer. */
const copied = 8 * 1024;
/** Short reads after which a large buffer goes. */
const patience = 64;
const mostSpare = 3;

/** Bytes of one read, which several pieces may share. */
export interface Loan {
  readonly bytes: Buffer;
  /** Undefined where nothing is to be given back. */
  readonly lent: Lent | undefined;
}

/** A buffer that is read into again when all its borrowers have given it back. */
export class Lent {
  readonly #back: () => void;
  #borrowers = 0;

  constructor(back: () => void) {
    this.#back = back;
  }

  /** The result gives it back. */
  borrow(): () => void {
    this.#borrowers++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#borrowers === 0) this.#back();
    };
  }
}

/** The buffers of one socket: small ones as long as little comes, then large ones that are used again and again. */
export class ReadBuffers {
  #size = smallBuffer;
  #short = 0;
  #current: Buffer | undefined;
  readonly #spare: Buffer[] = [];

  /** Where to read next. */
  next(): Buffer {
    this.#current ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#size);
    return this.#current;
  }

  /** What was read into the buffer of `next`. */
  filled(length: number): Loan {
    const buffer = this.next();
    this.#fit(length, buffer.length);
    if (length <= copied)
      return { bytes: Buffer.from(buffer.subarray(0, length)), lent: undefined };
    this.#current = undefined;
    const lent = new Lent(() => {
      if (buffer.length === this.#size && this.#spare.length < mostSpare) this.#spare.push(buffer);
    });
    return { bytes: buffer.subarray(0, length), lent };
  }

  #fit(length: number, size: number): void {
    this.#short = length <= copied ? this.#short + 1 : 0;
    const wanted =
      length === size ? largeBuffer : this.#short > patience ? smallBuffer : this.#size;
    if (wanted === this.#size) return;
    this.#size = wanted;
    this.#spare.length = 0;
    this.#current = undefined;
  }
}
