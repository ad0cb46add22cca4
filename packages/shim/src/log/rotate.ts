import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';

const gzipChunk = 1024 * 1024;

/**
 * Moves PATH to PATH.1, PATH.1 to PATH.2 and so on, keeping `maxFiles` in all, the live one included. With
 * `maxFiles` 1 the live one is removed. Compressed files are called PATH.N.gz.
 */
export function shiftFiles(path: string, maxFiles: number): void {
  if (maxFiles <= 1) return tryUnlink(path);
  for (let n = maxFiles - 1; n >= 1; n--) {
    for (const suffix of ['', '.gz']) {
      const from = n === 1 ? (suffix === '' ? path : '') : `${path}.${n - 1}${suffix}`;
      const to = `${path}.${n}${suffix}`;
      tryUnlink(to);
      if (from !== '' && existsSync(from)) renameSync(from, to);
    }
  }
}

/**
 * Compresses PATH.1 into PATH.1.gz member by member (RFC 1952 2.2), so that memory stays small, and yields to the
 * event loop between them. Leaves PATH.1 alone when anything fails.
 */
export async function compressRotated(
  path: string,
  gzip: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const source = `${path}.1`;
  const partial = `${path}.1.gz.partial`;
  try {
    await compress(source, partial, gzip);
    // Moved on by the next rotation while we worked: its number is no longer ours.
    if (!existsSync(source)) return tryUnlink(partial);
    renameSync(partial, `${source}.gz`);
    unlinkSync(source);
  } catch {
    tryUnlink(partial);
  }
}

async function compress(
  source: string,
  target: string,
  gzip: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const input = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const output = openSync(target, flags, 0o600);
    try {
      const buffer = new Uint8Array(gzipChunk);
      for (let n = readSync(input, buffer); n > 0; n = readSync(input, buffer)) {
        writeSync(output, gzip(buffer.subarray(0, n)));
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    } finally {
      closeSync(output);
    }
  } finally {
    closeSync(input);
  }
}

function tryUnlink(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Not there.
  }
}
