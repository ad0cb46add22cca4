import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from '@wharf/core';
import type { CallOptions, TreeSource } from '@wharf/core';
import type { Environment } from '../contexts/files.js';
import { diskPath } from './bytes-path.js';
import { indexPath, readIndex, writeIndex } from './digest-index.js';
import { Digests } from './digests.js';
import { errnoOf } from './file-error.js';
import { gitCommitTime } from './git-time.js';
import type { SeenFile } from './hash-file.js';
import { readRules } from './ignore-file.js';
import { documentsOf } from './nodes.js';
import { treeSource } from './tree-source.js';
import { Turns } from './turns.js';
import { walkContext } from './walk.js';

export interface BuildContextOptions extends CallOptions {
  /** On the disk, relative to the working directory. */
  readonly directory: string;
  /** The Dockerfile on the disk, inside or outside; none for a named context. */
  readonly dockerfile?: string;
  /** For XDG_CACHE_HOME, HOME and PATH; default that of the process. */
  readonly env?: Environment;
  /** Whether digests of unchanged files are remembered; default true. */
  readonly index?: boolean;
}

/** A directory as a tree that can be sent. */
export interface BuildContext {
  /** Of the root. */
  readonly digest: string;
  readonly source: TreeSource;
  /** Regular files. */
  readonly files: number;
  /** Of their contents. */
  readonly bytes: number;
  /** Files that were read; the others are as they were the last time. */
  readonly hashed: number;
  /** Path of the Dockerfile in the tree, if it is in it. */
  readonly dockerfilePath?: string;
  /** The Dockerfile and ignore files that are in the tree although they are ignored: COPY must not see them. */
  readonly hidden: readonly string[];
  /** Sockets, FIFOs and devices: they are left out. */
  readonly skipped: readonly string[];
  /** Time of the git commit that is checked out. */
  readonly createdAt?: Date;
}

/**
 * Walks a build context: what `<Dockerfile>.dockerignore` or `.dockerignore` leaves out is not looked at, links stay links. Digests
 * are remembered in the user's cache directory, so that the next walk reads only what has changed. What is sent is read when it is asked for,
 * and must be what it was: else `source` throws failed-precondition with `facts.path`.
 *
 * @example
 * const context = await openBuildContext({ directory: '.', dockerfile: 'Dockerfile', signal });
 * await client.builds.syncTree(context.digest, context.source, { signal });
 * const spec = { context: { kind: 'tree', digest: context.digest }, createdAt: context.createdAt, … };
 *
 * @throws invalid-argument for what is no directory and for malformed rules; permission-denied or failed-precondition, with
 *   `facts.path`, for what cannot be read or changes meanwhile; resource-exhausted for more than 2,000,000 entries or 256 GiB
 */
export async function openBuildContext(options: BuildContextOptions): Promise<BuildContext> {
  const { dockerfile, env = process.env, index = true, signal } = options;
  const turns = new Turns({ signal });
  const startedAt = Date.now();
  const directory = realDirectory(options.directory);
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const time = gitCommitTime(directory, env, { signal: either }).catch(() => undefined);
  try {
    const { filter, dockerfilePath } = readRules(
      directory,
      dockerfile === undefined ? undefined : resolve(dockerfile),
    );
    const cache = indexPath(env, directory);
    const digests = new Digests(index ? readIndex(cache) : new Map());
    const files = new Map<string, SeenFile>();
    const seen: { hex: string; seen: SeenFile }[] = [];
    const { root, skipped, hidden } = await walkContext({
      directory: diskPath(directory),
      filter,
      turns,
      startedAt,
      onFile: (file) => {
        digests.add(file);
        seen.push(file);
      },
    });
    await digests.finish({ signal });
    if (index && digests.isChanged) await writeIndex(cache, digests.next);
    const { digest, documents } = documentsOf(root);
    let bytes = 0;
    for (const { hex, seen: file } of seen) {
      files.set(`sha256:${hex}`, file);
      bytes += file.size;
    }
    const createdAt = await time;
    return {
      digest,
      source: treeSource({ documents, files }),
      files: seen.length,
      bytes,
      hashed: digests.hashed,
      ...(dockerfilePath === undefined ? {} : { dockerfilePath }),
      hidden,
      skipped,
      ...(createdAt === undefined ? {} : { createdAt }),
    };
  } finally {
    ended.abort();
  }
}

/** Without links on the way. */
function realDirectory(path: string): string {
  try {
    const real = realpathSync(path);
    if (statSync(real).isDirectory()) return real;
  } catch (cause) {
    throw new InvalidArgumentError(`the build context ${path} cannot be read: ${errnoOf(cause)}`, {
      cause,
      facts: { path },
    });
  }
  throw new InvalidArgumentError(`the build context ${path} is not a directory`, {
    facts: { path },
  });
}
