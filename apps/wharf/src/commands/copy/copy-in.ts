import { lstat, stat } from 'node:fs/promises';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  isWharfError,
  type CallOptions,
  type Containers,
  type PathStat,
} from '@wharf/core';
import type { CliContext } from '../../context.js';
import { packCopy } from '../../files/pack.js';
import { reasonOf } from '../shared/input-file.js';
import { copyMeter } from './meter.js';
import {
  assertsDirectory,
  baseName,
  containerPath,
  localPath,
  namesContents,
  trimEnd,
  type ContainerPath,
  type CopyOptions,
} from './paths.js';
import { place, type CopyDestination } from './placement.js';
import { reportSkipped } from './skipped.js';

const typeBits = 0o170000;
const directoryType = 0o040000;
const fileType = 0o100000;
const linkType = 0o120000;

/** Copies into a container: a path of this machine, or a tar archive from standard input (`-`). */
export async function copyIn(
  context: CliContext,
  source: string,
  target: ContainerPath,
  { archive, followLink, quiet, signal }: CopyOptions,
): Promise<void> {
  const { io } = context;
  const { containers } = await context.engine();
  const destination = await lookInside(containers, target, { signal });
  const shown = `${target.container}:${target.path}`;
  const options = { signal, noOverwriteDirNonDir: true, ...(archive ? { copyOwners: true } : {}) };
  const meter = copyMeter(io, { title: 'Copying to container', quiet });
  const send = async (directory: string, chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    try {
      await containers.copyIn(target.container, directory, meter.count(chunks), options);
    } catch (thrown) {
      meter.clear();
      throw thrown;
    }
    meter.finish(`${target.container}:${destination.path}`);
  };
  if (source === '-') {
    if (!destination.isDirectory) {
      throw new InvalidArgumentError(`destination "${shown}" must be a directory`);
    }
    return send(destination.path, io.stdin.read());
  }
  const path = localPath(source);
  const isDirectory = await lookHere(path, followLink);
  const contents = namesContents(path);
  const { directory, name } = place({ isDirectory, contents, name: baseName(path) }, destination);
  const skipped = reportSkipped(io);
  const follow = followLink || assertsDirectory(path);
  const packed = { path: trimEnd(path), followLink: follow, name };
  await send(directory, packCopy(packed, { signal, skipped: skipped.add }));
  skipped.report();
}

/** @returns whether it is a directory. @throws in docker's words where there is nothing, or no directory although named as one */
async function lookHere(path: string, followLink: boolean): Promise<boolean> {
  const trimmed = trimEnd(path);
  const follow = followLink || assertsDirectory(path);
  const found = await (follow ? stat : lstat)(trimmed).catch((cause: NodeJS.ErrnoException) => {
    throw new FailedPreconditionError(`lstat ${trimmed}: ${reasonOf(cause)}`, { cause });
  });
  if (assertsDirectory(path) && !found.isDirectory()) {
    throw new InvalidArgumentError(`not a directory: ${trimmed}`);
  }
  return found.isDirectory();
}

async function lookInside(
  containers: Containers,
  { container, path }: ContainerPath,
  options: CallOptions,
): Promise<CopyDestination> {
  const named = containerPath(path);
  const found = await statPath(containers, container, named, options);
  if (found === undefined) return { path: named, exists: false, isDirectory: false };
  if (typeOf(found) !== linkType) return existing(container, path, named, found);
  const behind = containerPath(found.linkTarget);
  const target = await statPath(containers, container, behind, options);
  if (target === undefined) return { path: behind, exists: false, isDirectory: false };
  return existing(container, path, behind, target);
}

function existing(
  container: string,
  given: string,
  path: string,
  found: PathStat,
): CopyDestination {
  const type = typeOf(found);
  if (type !== directoryType && type !== fileType) {
    throw new InvalidArgumentError(
      `destination "${container}:${given}" must be a directory or a regular file`,
    );
  }
  return { path, exists: true, isDirectory: type === directoryType };
}

function typeOf({ mode }: PathStat): number {
  return mode & typeBits;
}

/** Undefined when nothing is there: its parent may be, and the copy make it. */
async function statPath(
  containers: Containers,
  container: string,
  path: string,
  options: CallOptions,
): Promise<PathStat | undefined> {
  try {
    return await containers.statPath(container, path, options);
  } catch (thrown) {
    const absent = isWharfError(thrown) && thrown.code === 'not-found';
    if (absent && thrown.facts['kind'] !== 'container') return undefined;
    throw thrown;
  }
}
