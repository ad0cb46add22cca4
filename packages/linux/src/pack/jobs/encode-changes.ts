import type { Change, ChangeKind } from '../compare/compare.js';
import { aspects } from '../compare/same.js';
import type { Aspect } from '../compare/same.js';

const kinds: readonly ChangeKind[] = ['added', 'modified', 'deleted'];
const headBytes = 6;
/** Changes in one message: a millisecond or two of the thread that takes them apart. */
export const changesAtOnce = 2048;

export interface FileChange {
  readonly kind: ChangeKind;
  /** Absolute in the root, raw bytes. */
  readonly path: Uint8Array;
  /** Of what is modified, when it was asked for. */
  readonly differs?: readonly Aspect[];
}

/** Changes as bytes: number of the kind, aspects as bits, length of the path in four bytes, the path with its leading slash. */
export function encodeChanges(changes: readonly Change[]): Uint8Array<ArrayBuffer> {
  const total = changes.reduce((sum, { path }) => sum + headBytes + 1 + path.length, 0);
  const bytes = Buffer.from(new ArrayBuffer(total));
  let at = 0;
  for (const { kind, path, differs = [] } of changes) {
    bytes[at] = kinds.indexOf(kind);
    bytes[at + 1] = differs.reduce((bits, aspect) => bits | (1 << aspects.indexOf(aspect)), 0);
    bytes.writeUInt32LE(path.length + 1, at + 2);
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
    const end = at + headBytes + all.readUInt32LE(at + 2);
    const path = Uint8Array.from(all.subarray(at + headBytes, end));
    const differs = aspects.filter((_, bit) => ((all[at + 1] ?? 0) & (1 << bit)) !== 0);
    changes.push({ kind, path, ...(differs.length === 0 ? {} : { differs }) });
    at = end;
  }
  return changes;
}
