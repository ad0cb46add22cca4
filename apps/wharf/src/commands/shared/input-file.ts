import { open } from 'node:fs/promises';
import { FailedPreconditionError } from '@wharf/core';

const chunkBytes = 256 * 1024;

/** The bytes of a file; it is opened when they are asked for. @throws failed-precondition */
export async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`open ${path}: ${reasonOf(cause)}`, { cause });
  });
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw new FailedPreconditionError(
      `read ${path}: ${reasonOf({ ...(cause as NodeJS.ErrnoException), code })}`,
      {
        cause,
      },
    );
  } finally {
    await file.close();
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
};

/** A failure of the system in the words of strerror(3), or its code. */
export function reasonOf({ code = 'failed' }: NodeJS.ErrnoException): string {
  return Object.hasOwn(reasons, code) ? (reasons[code] ?? code) : code;
}
