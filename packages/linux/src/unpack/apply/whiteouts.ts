import { InvalidArgumentError } from '@wharf/core';
import type { BigIntStats } from 'node:fs';
import type { Native } from '../../../native/types.js';
import type { LayerPath } from './names.js';
import { kernelPath, shownName } from './names.js';

const prefix = '.wh.';
const opaqueMarker = '.wh..wh..opq';
const opaqueXattr = Buffer.from('trusted.overlay.opaque');
const yes = Buffer.from('y');

/** What the name of an entry means, OCI image spec "Layer: Whiteouts". */
export type WhiteoutKind =
  | { readonly kind: 'none' }
  | { readonly kind: 'opaque' }
  /** Bookkeeping of aufs (`.wh..wh.plnk` and the like): no file. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'whiteout'; readonly base: LayerPath };

/**
 * @throws InvalidArgumentError for a marker that names nothing, or the directory itself or its parent.
 */
export function whiteoutOf(base: LayerPath, path: LayerPath): WhiteoutKind {
  if (isAufs(path)) return { kind: 'ignored' };
  if (!base.startsWith(prefix)) return { kind: 'none' };
  if (base === opaqueMarker) return { kind: 'opaque' };
  const target = base.slice(prefix.length);
  if (target === '' || target === '.' || target === '..') {
    throw new InvalidArgumentError(
      `the layer is refused: the whiteout ${shownName(path)} names no file`,
      { facts: { entry: shownName(path) } },
    );
  }
  return target.startsWith(prefix) ? { kind: 'ignored' } : { kind: 'whiteout', base: target };
}

/** `.wh..wh.plnk` and `.wh..wh.orph` at the root of old layers, and what is in them. */
function isAufs(path: LayerPath): boolean {
  const first = path.split('/', 1)[0] ?? '';
  return first.startsWith('.wh..wh.') && first !== opaqueMarker;
}

/** Names below a whiteout are refused: no tool writes them, and readers disagree on them. */
export function refuseInsideWhiteout(dir: LayerPath): void {
  if (dir.startsWith(prefix) || dir.includes(`/${prefix}`)) {
    throw new InvalidArgumentError(
      `the layer is refused: ${shownName(dir)} is a whiteout and cannot be a directory`,
      { facts: { entry: shownName(dir) } },
    );
  }
}

/** A whiteout on disk is a character device 0:0, kernel Documentation/filesystems/overlayfs.rst. */
export function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

export function makeWhiteout(native: Native, path: LayerPath): void {
  native.mknodat(-100, kernelPath(path), 0o020000, 0, 0);
}

/** Hides what the layers below have in this directory. */
export function setOpaque(native: Native, path: LayerPath): void {
  native.lsetxattr(kernelPath(path), opaqueXattr, yes);
}
