import { DataLossError } from '@wharf/core';
import type { ArchiveEvent, ArchiveMember, ArchivePort } from '../archive-port.js';

/** A tar of plain ustar members with short names, read in one piece. */
export function createFakeArchives(): ArchivePort {
  return {
    async *read(source, { signal }) {
      const parts: Uint8Array[] = [];
      for await (const chunk of source) parts.push(chunk);
      signal.throwIfAborted();
      yield* batches(Buffer.concat(parts));
    },
    header: (path, size) => header({ path, size: size ?? 0, type: size === undefined ? '5' : '0' }),
    padding: (size) => Buffer.alloc((512 - (size % 512)) % 512),
    trailer: Buffer.alloc(1024),
  };
}

export interface FakeMember {
  readonly path: string;
  readonly type?: string;
  readonly link?: string;
  readonly body?: Uint8Array | string;
}

export function fakeTar(members: readonly FakeMember[]): Buffer {
  const parts = members.flatMap(({ path, type = '0', link = '', body = '' }) => {
    const bytes = Buffer.from(body as string);
    const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
    return [header({ path, type, link, size: bytes.length }), bytes, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function header(member: { path: string; type: string; link?: string; size: number }): Buffer {
  const block = Buffer.alloc(512);
  block.write(member.path, 0, 100);
  block.write(member.size.toString(8).padStart(11, '0'), 124);
  block.write(member.type, 156);
  block.write(member.link ?? '', 157, 100);
  block.write('ustar', 257);
  return block;
}

const types: Readonly<Record<string, ArchiveMember['type']>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};

function* batches(tar: Buffer): Generator<readonly ArchiveEvent[]> {
  const text = (at: number, length: number): string =>
    tar.toString('latin1', at, at + length).replace(/\0.*$/s, '');
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(at + 124, 11), 8);
    const type = types[text(at + 156, 1)] ?? 'other';
    const member: ArchiveMember = { path: text(at, 100), type, size, link: text(at + 157, 100) };
    yield [{ kind: 'member', member }];
    at += 512;
    if (at + size > tar.length) throw new DataLossError('the archive is truncated');
    const half = at + Math.floor(size / 2);
    if (size > 0) yield [{ kind: 'data', bytes: tar.subarray(at, half) }];
    yield [{ kind: 'data', bytes: tar.subarray(half, at + size) }, { kind: 'end' }];
    at += Math.ceil(size / 512) * 512;
  }
}
