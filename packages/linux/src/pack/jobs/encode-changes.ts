import type { Change, ChangeKind } from '../compare/compare.js';

const kinds: readonly ChangeKind[] = ['added', 'modified', 'deleted'];
const headBytes = 5;
/** Changes in one message: a millisecond or two of the thread that takes them apart. */
export const changesAtOnce = 2048;

export interface FileChange {
  readonly kind: ChangeKind;
  /** Absolute in the root, raw bytes. */
  readonly path: Uint8Array;
}

/** Changes as bytes: number of the kind, length of the path in four bytes, the path with its leading slash. */
export function encodeChanges(changes: readonly Change[]): Uint8Array<ArrayBuffer> {
  const total = changes.reduce((sum, { path }) => sum + headBytes + 1 + path.length, 0);
  const bytes = Buffer.from(new ArrayBuffer(total));
  let at = 0;
  for (const { kind, path } of changes) {
    bytes[at] = kinds.indexOf(kind);
    bytes.writeUInt32LE(path.length + 1, at + 1);
    bytes.write(`/${path}`, at + headBytes, 'latin1');
    at += headBytes + 1 + path.length;
  }
  return bytes;
}

/** The reverse; each path has memory of its own. */
export function decodeChanges(bytes: Uint8Array): FileChange[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const changes: FileChange[] = [];
  for (let at = 0; at < all.length;) {
    const kind = kinds[all[at] ?? 0] ?? 'modified';
    const end = at + headBytes + all.readUInt32LE(at + 1);
    changes.push({ kind, path: Uint8Array.from(all.subarray(at + headBytes, end)) });
    at = end;
  }
  return changes;
}
