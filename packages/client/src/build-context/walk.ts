import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { ResourceExhaustedError } from '@wharf/core';
import type { Directory, IgnoreFilter } from '@wharf/dockerfile';
import type { DiskPath } from './bytes-path.js';
import { onDisk, textOf } from './bytes-path.js';
import { errnoOf, fileError } from './file-error.js';
import { identityOf, isSettled } from './identity.js';
import type { SeenFile } from './hash-file.js';
import type { DirectoryNode, FileNode } from './nodes.js';
import type { Turns } from './turns.js';

/** As the daemon has them. */
const maxEntries = 2_000_000;
const maxDepth = 256;
/** Of all files, holes included: a file of a terabyte takes no room on the disk, and hours to read. */
const maxBytes = 256n * 1024n ** 3n;

export interface WalkOptions {
  /** Absolute, without links. */
  readonly directory: DiskPath;
  readonly filter: IgnoreFilter;
  readonly turns: Turns;
  /** Called for each file when it is met. */
  readonly onFile: (file: FileNode) => void;
  /** Milliseconds since 1970, before anything was looked at. */
  readonly startedAt: number;
}

export interface Walked {
  readonly root: DirectoryNode;
  /** Sockets, FIFOs and devices, which are not sent. */
  readonly skipped: readonly string[];
  /** Sent although they are ignored. */
  readonly hidden: readonly string[];
}

/**
 * What is in a context. Directories that are ignored are not read unless an exception can reach into them, links are not
 * followed, and what vanishes meanwhile is not there.
 * @throws permission-denied and failed-precondition, with `facts.path`; resource-exhausted for too many entries, bytes or
 *   directories in a row
 */
export async function walkContext(options: WalkOptions): Promise<Walked> {
  const walk = new Walk(options);
  const root = emptyNode('', '', 0o755);
  await walk.directory(root, options.filter.root, 1);
  return { root, skipped: walk.skipped, hidden: walk.hidden };
}

class Walk {
  readonly skipped: string[] = [];
  readonly hidden: string[] = [];
  readonly #options: WalkOptions;
  #entries = 0;
  #bytes = 0n;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async directory(node: DirectoryNode, rules: Directory, depth: number): Promise<void> {
    if (depth > maxDepth) throw tooLarge(node.path, `is more than ${maxDepth} directories deep`);
    for (const name of this.#names(node.path)) {
      await this.#options.turns.next();
      const path = node.path === '' ? name : `${node.path}/${name}`;
      const verdict = this.#options.filter.judge(rules, path, textOf(name));
      if (verdict.isSkippable) continue;
      const stats = this.#look(path);
      if (stats === undefined) continue;
      if (stats.isDirectory()) {
        const below = emptyNode(name, path, modeOf(stats));
        await this.directory(below, verdict.below, depth + 1);
        if (!verdict.isIgnored || below.children.length > 0) this.#add(node, below);
      } else if (!verdict.isIgnored) {
        if (verdict.isSpared) this.hidden.push(textOf(path));
        this.#other(node, name, path, stats);
      }
    }
  }

  #other(node: DirectoryNode, name: string, path: DiskPath, stats: BigIntStats): void {
    if (stats.isFile()) {
      this.#bytes += stats.size;
      if (this.#bytes > maxBytes)
        throw tooLarge(path, `makes more than ${maxBytes >> 30n} GiB of it`);
      const seen = this.#seen(path, stats);
      const file: FileNode = { kind: 'file', name, mode: modeOf(stats), seen, hex: '' };
      this.#add(node, file);
      this.#options.onFile(file);
    } else if (stats.isSymbolicLink()) {
      const target = this.#target(path);
      if (target !== undefined) this.#add(node, { kind: 'link', name, target });
    } else {
      this.skipped.push(textOf(path));
    }
  }

  #seen(name: DiskPath, stats: BigIntStats): SeenFile {
    return {
      path: this.#onDisk(name),
      name,
      size: Number(stats.size),
      identity: identityOf(stats),
      isSettled: isSettled(stats, this.#options.startedAt),
    };
  }

  #add(node: DirectoryNode, child: DirectoryNode['children'][number]): void {
    node.children.push(child);
    if (++this.#entries > maxEntries) throw tooLarge('', `has more than ${maxEntries} entries`);
  }

  /** In the order of their bytes. */
  #names(path: DiskPath): string[] {
    try {
      return readdirSync(onDisk(this.#onDisk(path)), { encoding: 'latin1' }).sort();
    } catch (error) {
      if (path !== '' && isGone(error)) return [];
      throw fileError(error, path);
    }
  }

  #look(path: DiskPath): BigIntStats | undefined {
    try {
      return lstatSync(onDisk(this.#onDisk(path)), { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if (isGone(error)) return undefined;
      throw fileError(error, path);
    }
  }

  #target(path: DiskPath): string | undefined {
    try {
      return readlinkSync(onDisk(this.#onDisk(path)), { encoding: 'buffer' }).toString('latin1');
    } catch (error) {
      if (isGone(error) || errnoOf(error) === 'EINVAL') return undefined;
      throw fileError(error, path);
    }
  }

  #onDisk(path: DiskPath): DiskPath {
    return path === '' ? this.#options.directory : `${this.#options.directory}/${path}`;
  }
}

function emptyNode(name: string, path: DiskPath, mode: number): DirectoryNode {
  return { kind: 'directory', name, path, mode, children: [] };
}

function modeOf(stats: BigIntStats): number {
  return Number(stats.mode) & 0o7777;
}

function isGone(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR';
}

function tooLarge(path: DiskPath, what: string): ResourceExhaustedError {
  const place = path === '' ? 'the build context' : `${textOf(path)} in the build context`;
  return new ResourceExhaustedError(`${place} ${what}: put what is not needed into .dockerignore`);
}
