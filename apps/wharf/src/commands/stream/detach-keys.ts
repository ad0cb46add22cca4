import { InvalidArgumentError } from '@wharf/core';

export const defaultDetachKeys = 'ctrl-p,ctrl-q';

/** The keys that come with ctrl, in the order of their codes: ctrl-@ is 0, ctrl-a 1 … ctrl-_ 31. */
const controlled = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/** Reads `ctrl-p,ctrl-q` or `ctrl-x,a`: the bytes of the keys. @throws InvalidArgumentError */
export function parseDetachKeys(text: string): Uint8Array {
  return Uint8Array.from(
    text.split(',').map((key) => {
      if (key.length === 1 && key.charCodeAt(0) < 0x80) return key.charCodeAt(0);
      const lower = key.toLowerCase();
      const code =
        lower.length === 6 && lower.startsWith('ctrl-') ? controlled.indexOf(lower[5] ?? '') : -1;
      if (code >= 0) return code;
      throw new InvalidArgumentError(
        `unknown key ${JSON.stringify(key)}: give single characters and ctrl-<value>, separated by commas`,
      );
    }),
  );
}

/** What of some typed bytes is passed on, and whether the keys were completed. */
export interface Typed {
  readonly data: Uint8Array;
  readonly detached: boolean;
}

/**
 * Finds the first occurrence of the detach keys in what is typed. Keys that may begin the sequence are
 * held back until it is clear that they do not.
 */
export class DetachFilter {
  readonly #keys: Uint8Array;
  #held = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** After it has said `detached` it must not be called again. */
  push(input: Uint8Array): Typed {
    const data = new Uint8Array(this.#held + input.length);
    data.set(this.#keys.subarray(0, this.#held));
    data.set(input, this.#held);
    for (let at = this.#held; at < data.length; at++) {
      this.#held = this.#matched(data, at);
      if (this.#held === this.#keys.length) {
        return { data: data.subarray(0, at + 1 - this.#held), detached: true };
      }
    }
    return { data: data.subarray(0, data.length - this.#held), detached: false };
  }

  /** How many of the keys end at that byte: the longest beginning that is also the end of the data so far. */
  #matched(data: Uint8Array, at: number): number {
    for (let size = Math.min(this.#held + 1, this.#keys.length); size > 0; size--) {
      const start = at + 1 - size;
      if (start >= 0 && this.#keys.subarray(0, size).every((key, i) => key === data[start + i])) {
        return size;
      }
    }
    return 0;
  }
}
