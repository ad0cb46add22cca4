import { isWharfError } from '@wharf/core';
import { fstatSync, readSync } from 'node:fs';
import type { Native } from '../../native/types.js';
import { decompress } from '../compression/decompress.js';
import { sniff, sniffBytes } from '../pack/jobs/sniff.js';
import { blockBytes } from '../tar/entry.js';
import { parseHeader } from '../tar/header.js';
import type { ToolKind } from './protocol.js';

export interface Archive {
  /** Decompressed. */
  readonly chunks: AsyncIterable<Buffer>;
  readonly isCompressed: boolean;
  /** As it lies there. */
  readonly bytes: number;
  close(): void;
}

/** Decompression by a tool of the host, elsewhere. */
export type ThroughTool = (fd: number, tool: ToolKind) => AsyncIterable<Buffer>;

const pieceBytes = 1 << 18;

/**
 * A file as an archive when its content, decompressed, begins with the header of a member, whatever it is called; undefined
 * for any other file, which is closed.
 */
export async function openArchive(
  native: Pick<Native, 'close'>,
  fd: number,
  throughTool: ThroughTool,
): Promise<Archive | undefined> {
  const head = Buffer.alloc(sniffBytes);
  readSync(fd, head, 0, sniffBytes, 0);
  const kind = sniff(head);
  const isTool = kind === 'xz' || kind === 'bzip2';
  const stream = isTool ? throughTool(fd, kind) : decompress(pieces(fd), kind);
  const rest = stream[Symbol.asyncIterator]();
  // What a tool still reads is closed with the thread.
  const close = () => (isTool ? undefined : native.close(fd));
  const begun = await beginning(rest);
  if (begun === undefined) {
    await rest.return?.(undefined);
    close();
    return undefined;
  }
  const chunks = joined(begun, rest);
  return { chunks, isCompressed: kind !== 'none', bytes: fstatSync(fd).size, close };
}

/** The pieces that a first header is in; undefined when there is none. */
async function beginning(rest: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  let head = Buffer.alloc(0);
  try {
    while (head.length < blockBytes) {
      const next = await rest.next();
      if (next.done === true) return undefined;
      head = Buffer.concat([head, next.value]);
    }
    if (head.subarray(0, blockBytes).every((byte) => byte === 0)) return undefined;
    parseHeader(head, 0);
    return head;
  } catch (error) {
    if (isWharfError(error) && (error.code === 'data-loss' || error.code === 'invalid-argument'))
      return undefined;
    throw error;
  }
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value;
  } finally {
    await rest.return?.(undefined);
  }
}

async function* pieces(fd: number): AsyncGenerator<Buffer> {
  for (let at = 0; ;) {
    const piece = Buffer.allocUnsafe(pieceBytes);
    const got = readSync(fd, piece, 0, pieceBytes, at);
    if (got === 0) return;
    at += got;
    yield piece.subarray(0, got);
  }
}
