/** A path on the disk, one character a byte (latin1) as in trees. */
export type DiskPath = string;

/** As node:fs takes it: a string where bytes and characters are the same, as that is quicker. */
export function onDisk(path: DiskPath): string | Buffer {
  return isAscii(path) ? path : Buffer.from(path, 'latin1');
}

export function diskPath(text: string): DiskPath {
  return isAscii(text) ? text : Buffer.from(text).toString('latin1');
}

/** For people, and for rules of ignore files. */
export function textOf(path: DiskPath): string {
  return isAscii(path) ? path : Buffer.from(path, 'latin1').toString();
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text);
}
