import { DataLossError, InvalidArgumentError } from '@wharf/core';

/** Deepest name that is accepted, in components. */
const maxDepth = 1024;
const maxComponent = 255;
/** The name behind it is the one that must fit a file system. */
const whiteoutPrefix = '.wh.';

/**
 * A name inside the layer's root, cleaned: no leading slash, no empty or `.` components. Each char is one byte
 * (latin1), so that names stay exact. The root itself is ''.
 */
export type LayerPath = string;

/**
 * Cleans a name of an archive. A leading slash is dropped; `..` is refused even where it would stay inside.
 * @throws InvalidArgumentError when the name cannot be accepted.
 */
export function cleanName(raw: Buffer): LayerPath {
  const text = raw.toString('latin1');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length > maxDepth) throw refused(text, `is more than ${maxDepth} directories deep`);
  for (const part of parts) {
    if (part === '..') throw refused(text, 'contains ".."');
    if (
      part.length >
      maxComponent + (part.startsWith(whiteoutPrefix) ? whiteoutPrefix.length : 0)
    ) {
      throw refused(text, `has a part of more than ${maxComponent} bytes`);
    }
  }
  if (text.includes('\0')) throw new DataLossError(`${shownName(text)} contains a NUL byte`);
  return parts.join('/');
}

function refused(name: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`the layer is refused: the name ${shownName(name)} ${why}`, {
    facts: { entry: shownName(name) },
  });
}

/** `dir` is everything before the last slash, '' at the root. */
export function splitName(path: LayerPath): { readonly dir: LayerPath; readonly base: string } {
  const slash = path.lastIndexOf('/');
  return { dir: slash === -1 ? '' : path.slice(0, slash), base: path.slice(slash + 1) };
}

/** The absolute path of a name, as the jailed thread sees it. */
export function kernelPath(path: LayerPath): Buffer {
  return Buffer.from(`/${path}`, 'latin1');
}

/** A name for messages: quoted, escaped, at most about 200 chars. */
export function shownName(path: LayerPath): string {
  const text = Buffer.from(path, 'latin1').toString();
  const escaped = text.replace(/[^\x20-\x7e\u00a1-\u1fff]/g, (char) =>
    JSON.stringify(char).slice(1, -1),
  );
  return JSON.stringify(escaped.length > 200 ? `${escaped.slice(0, 200)}…` : escaped);
}
