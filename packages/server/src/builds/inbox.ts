/** Bytes that came and wait to be read, by one reader. */
export interface Inbox extends AsyncIterable<Uint8Array> {
  /** False when it is full: nothing was taken. */
  put(data: Uint8Array): boolean;
  /** The reader gets what was put, then the end. Idempotent. */
  end(): void;
}

/** @param capacity bytes */
export function createInbox(capacity: number): Inbox {
  const waiting: Uint8Array[] = [];
  let bytes = 0;
  let ended = false;
  let wake = (): void => undefined;
  return {
    put(data) {
      if (ended) return true;
      if (bytes + data.byteLength > capacity) return false;
      waiting.push(data);
      bytes += data.byteLength;
      wake();
      return true;
    },
    end() {
      ended = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const data = waiting.shift();
        if (data !== undefined) {
          bytes -= data.byteLength;
          yield data;
        } else if (ended) {
          return;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    },
  };
}
