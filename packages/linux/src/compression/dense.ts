import { deflateRaw } from 'node:zlib';

const samples = 8;
const sampleBytes = 4 << 10;
/** Of a block with less the samples would be most of it. */
const leastBytes = 128 << 10;
const headerBytes = 5;
const mostStored = 0xffff;

/**
 * Whether a block would not get smaller by more than one part in 32, by eight samples of it that lie apart, compressed together: half
 * a millisecond for a mebibyte that costs twenty to deflate. What was compressed before (images, archives, films) is like this. It
 * depends on the bytes alone.
 */
export async function isDense(bytes: Buffer): Promise<boolean> {
  if (bytes.length < leastBytes) return false;
  const step = Math.floor((bytes.length - sampleBytes) / (samples - 1));
  const taken = Buffer.allocUnsafe(samples * sampleBytes);
  for (let at = 0; at < samples; at++)
    bytes.copy(taken, at * sampleBytes, at * step, at * step + sampleBytes);
  return (await deflated(taken)) > taken.length - taken.length / 32;
}

function deflated(bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, { level: 1 }, (error, out) => {
      if (error === null) resolve(out.length);
      else reject(error);
    });
  });
}

/** The bytes as they are, as deflate blocks that are stored, none the last: RFC 1951 3.2.4. In memory of its own. */
export function stored(bytes: Buffer): Buffer {
  const count = Math.ceil(bytes.length / mostStored);
  const out = Buffer.allocUnsafeSlow(bytes.length + count * headerBytes);
  let filled = 0;
  for (let at = 0; at < bytes.length; at += mostStored) {
    const length = Math.min(mostStored, bytes.length - at);
    out[filled] = 0;
    out.writeUInt16LE(length, filled + 1);
    out.writeUInt16LE(~length & 0xffff, filled + 3);
    filled += headerBytes + bytes.copy(out, filled + headerBytes, at, at + length);
  }
  return out;
}
