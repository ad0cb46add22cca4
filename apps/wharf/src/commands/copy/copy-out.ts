import { realpath, stat } from 'node:fs/promises';
import { FailedPreconditionError, type PathStat } from '@wharf/core';
import type { CliContext } from '../../context.js';
import { unpackCopy } from '../../files/unpack.js';
import { checkOutputPath } from '../shared/output-file.js';
import { copyMeter } from './meter.js';
import {
  baseName,
  containerPath,
  localPath,
  namesContents,
  trimEnd,
  type ContainerPath,
  type CopyOptions,
} from './paths.js';
import { place, type CopyDestination, type CopySource } from './placement.js';
import { reportSkipped } from './skipped.js';

const typeBits = 0o170000;
const directoryType = 0o040000;

/** Copies out of a container: to a path of this machine, or as a tar archive to standard output (`-`). */
export async function copyOut(
  context: CliContext,
  { container, path }: ContainerPath,
  target: string,
  { followLink, quiet, signal }: CopyOptions,
): Promise<void> {
  const { io } = context;
  const source = containerPath(path);
  const { containers } = await context.engine();
  const open = () =>
    containers.copyOut(container, source, { signal, ...(followLink ? { followLink } : {}) });
  if (target === '-') {
    if (io.stdout.isTTY) {
      throw new FailedPreconditionError(
        'cowardly refusing to copy an archive to a terminal. Name a path or redirect',
      );
    }
    for await (const chunk of (await open()).archive) await io.stdout.send(chunk);
    return;
  }
  const destination = localPath(target);
  await checkOutputPath(trimEnd(destination));
  const copied = await open();
  const placement = place(sourceOf(source, copied.stat), await lookAt(destination));
  const meter = copyMeter(io, { title: 'Copying from container', quiet });
  const skipped = reportSkipped(io);
  try {
    await unpackCopy(meter.count(copied.archive), placement, { signal, skipped: skipped.add });
  } catch (thrown) {
    meter.clear();
    throw thrown;
  }
  meter.finish(destination);
  skipped.report();
}

function sourceOf(path: string, { mode, name }: PathStat): CopySource {
  const isDirectory = (mode & typeBits) === directoryType;
  const own = baseName(path);
  return {
    isDirectory,
    contents: namesContents(path),
    name: own === '' || own === '..' ? name : own,
  };
}

/** A link is looked through: what it names is replaced or filled. */
async function lookAt(path: string): Promise<CopyDestination> {
  const found = await stat(trimEnd(path)).catch(() => undefined);
  if (found === undefined) return { path, exists: false, isDirectory: false };
  const real = await realpath(trimEnd(path));
  const end = path.slice(trimEnd(path).length);
  return {
    path: real + (found.isDirectory() ? '' : end),
    exists: true,
    isDirectory: found.isDirectory(),
  };
}
