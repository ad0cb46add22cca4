import { InvalidArgumentError } from '@wharf/core';
import { hasNul, quote } from './chars.js';
import { maxContainerPath } from './limits.js';

/**
 * An absolute path inside a container, cleaned as text: `.`, `..` and double slashes resolved, never above `/`.
 * A relative path is taken from `/`. Links are another matter: only a walk from the root may follow them.
 * Refused below /proc, through which the runtime's own descriptors could be reached (CVE-2024-21626).
 * @throws InvalidArgumentError
 */
export function parseContainerPath(text: string): string {
  if (text === '') throw new InvalidArgumentError('a path in the container is empty');
  if (hasNul(text))
    throw new InvalidArgumentError(`the path ${quote(text)} contains a NUL character`);
  const path = clean(text);
  if (new TextEncoder().encode(path).length > maxContainerPath) {
    throw new InvalidArgumentError(
      `the path ${quote(text)} is longer than ${maxContainerPath} bytes`,
    );
  }
  if (path === '/proc' || path.startsWith('/proc/') || path.startsWith('/dev/fd/')) {
    throw new InvalidArgumentError(`the path ${quote(text)} lies in /proc: choose another`);
  }
  return path;
}

/** The place of an image's volume: absolute, and not the root itself. */
export function parseVolumePath(text: string): string {
  if (!text.startsWith('/')) {
    throw new InvalidArgumentError(
      `invalid mount path: ${quote(text)} mount path must be absolute`,
    );
  }
  const path = parseContainerPath(text);
  if (path === '/') {
    throw new InvalidArgumentError(`invalid specification: destination can't be '/'`);
  }
  return path;
}

function clean(text: string): string {
  const parts: string[] = [];
  for (const part of text.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
