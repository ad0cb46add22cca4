import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { assertsDirectory, baseName, directoryName } from './paths.js';

export interface CopySource {
  readonly isDirectory: boolean;
  /** What is in the directory, and not the directory itself. */
  readonly contents: boolean;
  /** Its last component. */
  readonly name: string;
}

export interface CopyDestination {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
}

/** The directory to write to, and what the source is called there; without name it is what is in the source. */
export interface Placement {
  readonly directory: string;
  readonly name: string | undefined;
}

/**
 * Where a copy goes, by docker's rules: into a directory that exists, in place of a file, or under a new name.
 * @throws failed-precondition and invalid-argument in docker's words
 */
export function place(source: CopySource, destination: CopyDestination): Placement {
  const { path, exists, isDirectory } = destination;
  if (exists && isDirectory) {
    return { directory: path, name: source.contents ? undefined : source.name };
  }
  if (exists && source.isDirectory) {
    throw new FailedPreconditionError(`cannot copy directory: ${path} is a file`);
  }
  if (exists && assertsDirectory(path)) {
    throw new InvalidArgumentError(`not a directory: ${path}`);
  }
  if (!exists && !source.isDirectory && assertsDirectory(path)) {
    throw new InvalidArgumentError(`no such directory: ${path}`);
  }
  return { directory: directoryName(path), name: baseName(path) };
}
