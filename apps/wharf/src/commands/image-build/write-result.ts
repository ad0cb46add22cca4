import { writeFile } from 'node:fs/promises';
import { FailedPreconditionError, type BuildResult } from '@wharf/core';
import { reasonOf } from '../shared/input-file.js';

/** What is printed and kept as the id of an image: that of its config, or the digest of an index. */
export function imageIdOf({ image }: BuildResult): string | undefined {
  if (image === undefined) return undefined;
  return image.imageId === '' ? image.digest : image.imageId;
}

/** Keeps what --iidfile and --metadata-file ask for. @throws failed-precondition */
export async function writeResultFiles(
  result: BuildResult,
  files: { readonly iidfile: string | undefined; readonly metadataFile: string | undefined },
): Promise<void> {
  const id = imageIdOf(result);
  if (files.iidfile !== undefined && id !== undefined) await write(files.iidfile, id);
  if (files.metadataFile !== undefined)
    await write(files.metadataFile, `${result.metadata.trimEnd()}\n`);
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`cannot write ${path}: ${reasonOf(cause)}`, { cause });
  });
}
