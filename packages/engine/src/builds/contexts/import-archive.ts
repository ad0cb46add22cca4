import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InvalidArgumentError, type CallOptions } from '@wharf/core';
import type { BuildsDependencies, OpTools } from '../dependencies.js';
import type { TreeFacts } from '../ports.js';

export type ArchiveDependencies = Pick<
  BuildsDependencies,
  'trees' | 'fileAccess' | 'pack' | 'files'
> &
  Pick<OpTools, 'scratch'>;

/** A Dockerfile that came in place of an archive. */
const maxTextBytes = 1024 * 1024;

/** Writes an archive to a file of ours and makes a tree of all of it. */
export async function importArchive(
  deps: ArchiveDependencies,
  archive: AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): Promise<TreeFacts> {
  await using scratch = await deps.scratch();
  const path = join(scratch.path, 'archive');
  await pipeline(archive, createWriteStream(path, { mode: 0o600 }), { signal });
  return await importArchiveFile(deps, path, { signal });
}

export async function importArchiveFile(
  deps: ArchiveDependencies,
  path: string,
  { signal }: CallOptions,
): Promise<TreeFacts> {
  await using scratch = await deps.scratch();
  const [plain, directory] = [join(scratch.path, 'plain'), join(scratch.path, 'files')];
  const { rewritten } = await deps.pack.identify({ path, targetFile: plain }, { signal });
  await mkdir(directory, { mode: 0o755 });
  await deps.fileAccess.unpackInto(
    { root: { kind: 'directory', path: directory }, readOnly: false, mounts: [] },
    { path: '/', noOverwriteDirNonDir: false, top: true },
    createReadStream(rewritten ? plain : path) as AsyncIterable<Uint8Array>,
    { signal },
  );
  const all = { directory, subpath: '', ignore: '', keep: [] };
  return await deps.trees.importDirectory(all, { signal });
}

/** The text of what was downloaded, if it is a text and no archive. @throws InvalidArgumentError for what is neither */
export async function textOf(
  { pack }: Pick<ArchiveDependencies, 'pack'>,
  path: string,
  { signal }: CallOptions,
): Promise<string | undefined> {
  if (await looksLikeTar(path)) return undefined;
  const magic = await head(path, 6);
  if (compressed.some((bytes) => bytes.every((byte, at) => magic[at] === byte))) return undefined;
  const { compression } = await pack.identify({ path }, { signal });
  if (compression !== 'none') return undefined;
  if ((await stat(path)).size > maxTextBytes)
    throw new InvalidArgumentError('what the URL of the build context gives is no archive');
  return readFile(path, 'utf8');
}

/** gzip, bzip2, xz, zstd */
const compressed: readonly (readonly number[])[] = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
];

/** POSIX.1-2017, pax: the field magic of a header. */
const magicAt = 257;

async function looksLikeTar(path: string): Promise<boolean> {
  return (await head(path, magicAt + 5)).subarray(magicAt).toString('latin1') === 'ustar';
}

async function head(path: string, length: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, 0);
  return buffer.subarray(0, bytesRead);
}
