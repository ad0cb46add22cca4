import { InvalidArgumentError, NotFoundError } from '@wharf/core';
import type { PathStat } from '@wharf/core';
import type { FileStatus, Native } from '../../native/types.js';
import { S_IFLNK, S_IFMT } from '../../native/constants.js';
import { isDirectory } from '../pack/tree/kinds.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { shownName } from '../unpack/apply/names.js';
import type { RequestPath } from './request-path.js';
import { resolveInRoot } from './resolve.js';

export interface Located {
  readonly path: LayerPath;
  readonly status: FileStatus;
}

/**
 * Finds what the caller means. @throws NotFoundError; InvalidArgumentError when it should be a directory and is not.
 */
export function locate(
  native: Native,
  rootFd: number,
  request: RequestPath,
  { follow }: { readonly follow: boolean },
): Located {
  const { path, status } = resolveInRoot(native, rootFd, request.name, {
    follow: follow || request.directory,
  });
  if (status === null) throw new NotFoundError('file', shownName(request.name));
  if (request.directory && !isDirectory(status)) {
    throw new InvalidArgumentError(`/${textOf(request.name)} is not a directory`);
  }
  return { path, status };
}

export function describe(
  native: Native,
  rootFd: number,
  request: RequestPath,
  { status }: Located,
): PathStat {
  const isLink = (status.mode & S_IFMT) === S_IFLNK;
  const target = isLink
    ? resolveInRoot(native, rootFd, request.name, { follow: true }).path
    : undefined;
  return {
    name: request.name === '' ? '/' : textOf(request.base),
    size: status.size,
    mode: status.mode,
    modifiedAt: new Date(status.mtimeSec * 1000 + Math.floor(status.mtimeNsec / 1e6)),
    linkTarget: target === undefined ? '' : `/${textOf(target)}`,
  };
}

export function textOf(path: LayerPath): string {
  return Buffer.from(path, 'latin1').toString();
}
