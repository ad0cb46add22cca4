import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const stepBytes = 8;

/**
 * Compiled filters below a directory that only root can write, each with its own checksum: one that is torn, changed
 * or missing is just compiled again.
 */
export class FilterCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    try {
      const bytes = await readFile(join(this.#directory, key));
      const [sum, program] = [bytes.subarray(0, 32), bytes.subarray(32)];
      const sound = program.length > 0 && program.length % stepBytes === 0;
      return sound && sum.equals(digest(key, program)) ? program : undefined;
    } catch {
      return undefined;
    }
  }

  /** A full or read-only disk costs only time. */
  async write(key: string, program: Uint8Array): Promise<void> {
    const temporary = join(this.#directory, `${key}.${randomBytes(6).toString('hex')}`);
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(temporary, Buffer.concat([digest(key, program), program]), { mode: 0o600 });
      await rename(temporary, join(this.#directory, key));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

/** Bound to its key: a filter must not pass for that of another profile. */
function digest(key: string, program: Uint8Array): Buffer {
  return createHash('sha256').update(key).update('\0').update(program).digest();
}
