import type { MountSpec } from '@wharf/core';
import { invalid, quoted } from './names.js';
import { checkPathText, mountTarget } from './targets.js';
import { checkTmpfs } from './tmpfs.js';

const maxMounts = 1000;
const propagations = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);

/** Grammar of -v, --mount and --tmpfs, in docker's words. Whether sources exist is seen later. */
export function checkMounts(mounts: readonly MountSpec[]): void {
  if (mounts.length > maxMounts) throw invalid(`more than ${maxMounts} mounts`, '--mount');
  const targets = new Set<string>();
  for (const mount of mounts) {
    const target = mountTarget(mount.target, mount.kind);
    if (targets.has(target)) throw invalid(`duplicate mount point: ${quoted(target)}`, '--mount');
    targets.add(target);
    if (mount.kind === 'bind') checkBind(mount);
    if (mount.kind === 'tmpfs') checkTmpfs(mount);
    if (mount.kind === 'image' && mount.source === '') {
      throw invalid(
        'invalid mount config for type "image": field Source must not be empty',
        '--mount',
      );
    }
    checkInside(mount);
  }
}

/** Paths inside of what is mounted stay there. */
function checkInside({ kind, subpath, exclude = [] }: MountSpec): void {
  for (const path of [...(subpath === undefined ? [] : [subpath]), ...exclude]) {
    checkPathText(path, 'subpath');
    const parts = path.split('/');
    if (path === '' || path.startsWith('/') || parts.includes('..')) {
      throw invalid(
        `invalid mount config for type "${kind}": subpath ${quoted(path)} must be a relative path within the ${kind}`,
        '--mount',
      );
    }
  }
}

function checkBind({ source, propagation }: MountSpec): void {
  const prefix = 'invalid mount config for type "bind":';
  if (source === '') throw invalid(`${prefix} field Source must not be empty`, '--mount');
  checkPathText(source, 'source');
  if (!source.startsWith('/')) {
    throw invalid(
      `${prefix} invalid mount path: '${quoted(source)}' mount path must be absolute`,
      '--mount',
    );
  }
  if (propagation !== undefined && propagation !== '' && !propagations.has(propagation)) {
    throw invalid(`${prefix} invalid propagation mode: ${quoted(propagation)}`, '--mount');
  }
}
