import { posix } from 'node:path';
import { maxContainerPath } from '@wharf/oci';
import { invalid, quoted } from './names.js';

/** What a file system of a host's lxcfs may stand for: the only places in /proc that runc lets be mounted on. */
const procFiles = new Set(
  'cpuinfo diskstats meminfo stat swaps uptime loadavg slabinfo net/dev'
    .split(' ')
    .map((name) => `/proc/${name}`),
);

/**
 * The place of a mount inside the container, `.` and `..` resolved as text.
 * @throws invalid-argument for a relative one, `/`, anything in /proc, NUL and what is longer than PATH_MAX
 */
export function mountTarget(text: string, kind: string): string {
  const prefix = `invalid mount config for type "${kind}":`;
  if (text === '') throw invalid(`${prefix} field Target must not be empty`, '--mount');
  checkPathText(text, 'target');
  if (!text.startsWith('/')) {
    throw invalid(
      `${prefix} invalid mount path: '${quoted(text)}' mount path must be absolute`,
      '--mount',
    );
  }
  const path = cleanPath(text);
  if (path === '/') {
    throw invalid(`${prefix} invalid specification: destination can't be '/'`, '--mount');
  }
  if ((path === '/proc' || path.startsWith('/proc/')) && !procFiles.has(path)) {
    throw invalid(
      `${prefix} ${quoted(path)} cannot be mounted because it is inside /proc`,
      '--mount',
    );
  }
  return path;
}

export function cleanPath(text: string): string {
  const path = posix.normalize(text);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** A path of a caller may be any name that the kernel takes. */
export function checkPathText(text: string, what: string): void {
  if (text.includes('\0'))
    throw invalid(`the mount ${what} ${quoted(text)} contains a NUL character`, '--mount');
  if (Buffer.byteLength(text) > maxContainerPath) {
    throw invalid(
      `the mount ${what} ${quoted(text)} is longer than ${maxContainerPath} bytes`,
      '--mount',
    );
  }
}

/** Whether `path` lies below `directory`. */
export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory === '/' ? '/' : `${directory}/`);
}
