import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { DataLossError, InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import { maxDocumentBytes } from '@wharf/oci';
import type { BlobIdentity, ContentStore } from '../../content/content.js';
import type { ArchiveEvent, ArchiveMember, ArchivePort } from '../archive-port.js';
import type { Claim } from '../claims.js';
import { SpoolFile } from '../spool.js';
import { blobDigest, cleanName, resolveLink, shown } from './names.js';

export interface IntakeDependencies {
  readonly archives: ArchivePort;
  readonly content: Pick<ContentStore, 'find' | 'beginOwn'>;
}

/** A file of the archive that is no blob of a layout: old docker's layers and configs. */
export interface LooseFile extends BlobIdentity {
  /** On disk. */
  readonly path: string;
  readonly head: Buffer;
}

/** All that an archive had in it. Blobs are in the content store, verified, and claimed. */
export interface ArchiveContents {
  /** index.json, manifest.json, oci-layout, repositories. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly blobs: ReadonlyMap<string, BlobIdentity>;
  readonly files: ReadonlyMap<string, LooseFile>;
  readonly links: ReadonlyMap<string, string>;
}

export interface IntakeOptions extends CallOptions {
  /** For what is no blob. */
  readonly directory: string;
  readonly onBytes: (name: string, current: number, total: number) => void;
  /** Told of each that is whole. It is not durable yet. */
  readonly onFile?: (file: LooseFile) => void;
  /** Bytes of the file system that stay free; 64 MiB unless given. */
  readonly reserveBytes?: number;
}

const documentNames = new Set(['index.json', 'manifest.json', 'oci-layout', 'repositories']);
const maxMembers = 20_000;
/** Bytes of all names and targets of links, which are held until the end: a thousand layers need a tenth of that. */
const maxNameBytes = 2 << 20;
/** What loose files leave of the file system to others, who have none of the archive's limits. */
const reserveBytes = 64 << 20;

/** Takes a whole archive apart in one pass over the stream: memory holds one chunk of it and its documents. */
export async function takeArchive(
  deps: IntakeDependencies,
  claim: Claim,
  source: AsyncIterable<Uint8Array>,
  options: IntakeOptions,
): Promise<ArchiveContents> {
  const intake = new Intake(deps, claim, options);
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  try {
    const batches = deps.archives.read(source, { signal: options.signal, maxMembers });
    for await (const events of batches) for (const event of events) await intake.take(event);
    return intake;
  } finally {
    await intake.close();
  }
}

interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
  close(): Promise<void>;
}

class Intake implements ArchiveContents {
  readonly documents = new Map<string, Uint8Array>();
  readonly blobs = new Map<string, BlobIdentity>();
  readonly files = new Map<string, LooseFile>();
  readonly links = new Map<string, string>();
  readonly #deps: IntakeDependencies;
  readonly #claim: Claim;
  readonly #options: IntakeOptions;
  readonly #seen = new Set<string>();
  #sink: Sink | undefined;
  #name = '';
  #total = 0;
  #current = 0;
  #nameBytes = 0;

  constructor(deps: IntakeDependencies, claim: Claim, options: IntakeOptions) {
    this.#deps = deps;
    this.#claim = claim;
    this.#options = options;
  }

  async take(event: ArchiveEvent): Promise<void> {
    switch (event.kind) {
      case 'member':
        return this.#member(event.member);
      case 'data':
        this.#current += event.bytes.length;
        await this.#sink?.write(event.bytes);
        if (this.#sink !== undefined) this.#options.onBytes(this.#name, this.#current, this.#total);
        return;
      case 'end':
        await this.#sink?.end();
        await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#sink?.close();
    this.#sink = undefined;
  }

  async #member(member: ArchiveMember): Promise<void> {
    const name = cleanName(member.path);
    if (member.type === 'directory') return;
    if (name === '' || member.type === 'other')
      throw new InvalidArgumentError(
        `the archive has an entry ${shown(member.path)} that is neither file, directory nor link`,
      );
    if (this.#seen.has(name))
      throw new InvalidArgumentError(`the archive has ${shown(name)} twice`);
    this.#seen.add(name);
    this.#countNames(name.length + member.link.length);
    this.#name = name;
    this.#total = member.size;
    this.#current = 0;
    this.#sink = await this.#sinkFor(name, member);
  }

  #sinkFor(name: string, member: ArchiveMember): Promise<Sink | undefined> {
    const digest = blobDigest(name);
    if (member.type !== 'file') {
      if (digest !== undefined || documentNames.has(name))
        throw new InvalidArgumentError(`the archive has a link in the place of ${shown(name)}`);
      const target =
        member.type === 'symlink' ? resolveLink(name, member.link) : cleanName(member.link);
      this.links.set(name, target);
      return Promise.resolve(undefined);
    }
    if (digest !== undefined) return this.#blob(name, { digest, size: member.size });
    if (documentNames.has(name)) return Promise.resolve(this.#document(name, member.size));
    return this.#file(name, member.size);
  }

  #countNames(bytes: number): void {
    this.#nameBytes += bytes;
    if (this.#nameBytes <= maxNameBytes) return;
    throw new ResourceExhaustedError(
      `the names and links of the archive have more than ${maxNameBytes} bytes`,
    );
  }

  #document(name: string, size: number): Sink {
    if (size > maxDocumentBytes) {
      throw new ResourceExhaustedError(
        `${name} of the archive has ${size} bytes, the limit is ${maxDocumentBytes}`,
      );
    }
    const bytes = Buffer.alloc(size);
    let at = 0;
    return {
      write: (chunk) => {
        bytes.set(chunk, at);
        at += chunk.length;
        return Promise.resolve();
      },
      end: () => {
        this.documents.set(name, bytes);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
  }

  /** No sink when the blob is here already: its bytes are verified, those of the archive are passed over. */
  async #blob(name: string, blob: BlobIdentity): Promise<Sink | undefined> {
    this.#name = blob.digest;
    await this.#claim.hold([blob.digest], this.#options);
    const here = await this.#deps.content.find(blob.digest);
    if (here !== undefined && here !== blob.size) {
      throw new DataLossError(
        `the archive has ${blob.size} bytes for ${blob.digest}, which has ${here}`,
      );
    }
    if (here !== undefined) {
      this.blobs.set(name, blob);
      return undefined;
    }
    const ingest = await this.#deps.content.beginOwn(blob);
    return {
      write: (chunk) => ingest.write(chunk),
      end: async () => {
        await ingest.commit();
        this.blobs.set(name, blob);
      },
      close: () => ingest.close(),
    };
  }

  async #needRoom(size: number): Promise<void> {
    const { directory, reserveBytes: reserve = reserveBytes } = this.#options;
    const { bavail, bsize } = await statfs(directory);
    const most = bavail * bsize - reserve;
    if (size <= most) return;
    throw new ResourceExhaustedError(
      `no space left for ${shown(this.#name)} of the archive, which has ${size} bytes: ${Math.max(0, most)} may be used`,
      { facts: { errno: 'ENOSPC' } },
    );
  }

  async #file(name: string, size: number): Promise<Sink> {
    await this.#needRoom(size);
    const path = join(this.#options.directory, String(this.files.size));
    const file = await SpoolFile.create(path);
    return {
      write: (chunk) => file.write(chunk),
      end: async () => {
        const { head } = file;
        const whole = { ...(await file.end({ durable: false })), path, head };
        this.files.set(name, whole);
        this.#options.onFile?.(whole);
      },
      close: () => file.close(),
    };
  }
}

const maxHops = 8;

/** The file or blob that a path of manifest.json means, through links of the archive. data-loss when it is not there. */
export function findMember(
  contents: ArchiveContents,
  path: string,
): { readonly file: LooseFile } | { readonly blob: BlobIdentity } {
  let name = cleanName(path);
  for (let hop = 0; hop < maxHops; hop++) {
    const file = contents.files.get(name);
    if (file !== undefined) return { file };
    const blob = contents.blobs.get(name);
    if (blob !== undefined) return { blob };
    const next = contents.links.get(name) ?? throughFolder(contents, name);
    if (next === undefined) break;
    name = next;
  }
  throw new DataLossError(`the archive lacks ${shown(path)}, which its manifest.json names`);
}

/** `a/b` where `a` is a link to a folder. */
function throughFolder({ links }: ArchiveContents, name: string): string | undefined {
  const slash = name.lastIndexOf('/');
  const folder = slash < 0 ? undefined : links.get(name.slice(0, slash));
  return folder === undefined ? undefined : `${folder}${name.slice(slash)}`;
}
