import type { MessageCodec } from './methods.js';

/** A message that is a oneof `frame`, some of whose cases are bare bytes. */
interface Framed {
  frame?: { $case: string; value: unknown } | undefined;
}

/** Case and field number of each case of bytes; the numbers are those of the proto files, below 16. */
export type ByteCases = Readonly<Record<string, number>>;

const lengthDelimited = 2;

/**
 * A codec with a shortcut for the frames that carry a stream's bytes: no copy to write them in parts and none to read
 * them, where the generated code has two or three. Whatever is not exactly such a frame goes the ordinary way.
 */
export function bulkCodec<T>(codec: MessageCodec<T>, cases: ByteCases): MessageCodec<T> {
  const byTag = new Map(
    Object.entries(cases).map(([name, field]) => [(field << 3) | lengthDelimited, name]),
  );
  return {
    decode: codec.decode,
    encode(message) {
      const { frame } = message as Framed;
      const field = frame === undefined ? undefined : cases[frame.$case];
      if (field === undefined || !(frame?.value instanceof Uint8Array))
        return codec.encode(message);
      const { value } = frame;
      return { finish: () => Buffer.concat([bytesPrefix(field, value.length), value]) };
    },
    encodeParts(message) {
      const { frame } = message as Framed;
      const field = frame === undefined ? undefined : cases[frame.$case];
      if (field === undefined || !(frame?.value instanceof Uint8Array)) return undefined;
      return [bytesPrefix(field, frame.value.length), frame.value];
    },
    decodeBulk(bytes) {
      const name = byTag.get(bytes[0] ?? 0);
      const start = name === undefined ? undefined : startOfOnlyField(bytes, bytes.length);
      if (start === undefined) return undefined;
      const value = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
      return { frame: { $case: name, value } } as T;
    },
    bulkStart(start, length) {
      const name = byTag.get(start[0] ?? 0);
      const size = name === undefined ? undefined : startOfOnlyField(start, length);
      if (size === undefined) return undefined;
      return { size, of: (value) => ({ frame: { $case: name, value } }) as T };
    },
  };
}

/** What stands before the bytes of a field. */
function bytesPrefix(field: number, length: number): Buffer {
  const head = [(field << 3) | lengthDelimited];
  let rest = length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  head.push(rest);
  return Buffer.from(head);
}

/** Where the bytes of the first field begin, if they reach exactly to the end of the message of `total` bytes. */
function startOfOnlyField(bytes: Uint8Array, total: number): number | undefined {
  let length = 0;
  for (let at = 1, scale = 1; at <= 5; at++, scale *= 128) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    length += (byte & 127) * scale;
    if (byte < 128) return at + 1 + length === total ? at + 1 : undefined;
  }
  return undefined;
}
