import { mkdir, stat } from 'node:fs/promises';
import { FailedPreconditionError, InvalidArgumentError, WharfError, printable } from '@wharf/core';

/**
 * What a bind mount is taken from. With `create` a missing one becomes a directory, as -v has it.
 * @throws not-found with docker's words without `create`
 */
export async function ensureBindSource(
  path: string,
  create: boolean,
): Promise<'directory' | 'file'> {
  if (!path.startsWith('/') || path.includes('\0')) {
    throw new InvalidArgumentError(
      `invalid mount config for type "bind": invalid mount path: '${printable(path)}' mount path must be absolute`,
    );
  }
  const found = await kindOf(path);
  if (found !== undefined) return found;
  if (!create) {
    throw new WharfError(
      'not-found',
      `invalid mount config for type "bind": bind source path does not exist: ${printable(path)}`,
    );
  }
  await makeDirectories(path);
  return 'directory';
}

async function kindOf(path: string): Promise<'directory' | 'file' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new FailedPreconditionError(
      `invalid mount config for type "bind": bind source path ${printable(path)} cannot be read: ${code ?? 'unknown'}`,
      { cause },
    );
  }
}

/** One by one: Node's recursive mkdir never ends where the kernel answers ENOENT to every mkdir, as in /proc. */
async function makeDirectories(path: string): Promise<void> {
  let parent = '';
  for (const name of path.split('/').filter((part) => part !== '')) {
    parent += `/${name}`;
    try {
      await mkdir(parent, { mode: 0o755 });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue;
      throw new FailedPreconditionError(
        `error while creating mount source path '${printable(path)}': mkdir ${printable(parent)}: ${code ?? 'unknown'}`,
        { cause },
      );
    }
  }
}
