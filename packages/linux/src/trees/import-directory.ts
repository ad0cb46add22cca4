import { closeSync, constants, openSync } from 'node:fs';
import { InvalidArgumentError, NotFoundError, ResourceExhaustedError } from '@wharf/core';
import { IgnoreFilter, parseIgnore } from '@wharf/dockerfile';
import type { TreeFacts } from '@wharf/engine/ports';
import type { Native } from '../../native/types.js';
import { S_IFLNK, S_IFMT, anchored } from '../../native/constants.js';
import { isDirectory, isRegular } from '../pack/tree/kinds.js';
import { TreeWalk } from '../pack/tree/walk.js';
import type { Visit } from '../pack/tree/walk.js';
import { errnoOf, faultOf } from '../unpack/apply/faults.js';
import { shownName } from '../unpack/apply/names.js';
import type { Contents } from './contents.js';
import { FileImporter } from './import-file.js';
import { ImportLevels } from './import-levels.js';
import { maxTreeEntries } from './limits.js';
import type { Pace } from './pace.js';
import type { ImportRequest } from './protocol.js';
import { relativePath } from './relative-path.js';

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export interface ImportTools {
  readonly contents: Contents;
  readonly native: Native;
  /** Bytes of all files. */
  readonly maxBytes: number;
  /** Free on the file system of the store. */
  readonly freeBytes: () => number;
  readonly pace: Pace;
}

/**
 * Takes the files of a directory whose content is hostile and may change meanwhile: no link is followed, no mount entered, nothing
 * but regular files opened (R1). What vanishes meanwhile is left out.
 * @throws NotFoundError, InvalidArgumentError for `subpath` and `ignore`; ResourceExhaustedError for a limit
 */
export async function importDirectory(
  request: ImportRequest,
  tools: ImportTools,
): Promise<TreeFacts> {
  const filter = new IgnoreFilter(parseIgnore(request.ignore), request.keep.map(relativePath));
  const topFd = openSync(request.directory, directoryFlags);
  try {
    const rootFd = openBelow(tools.native, topFd, request.subpath);
    try {
      return await new Import(filter, tools).run(rootFd);
    } finally {
      tools.native.close(rootFd);
    }
  } finally {
    closeSync(topFd);
  }
}

function openBelow(native: Native, topFd: number, subpath: string): number {
  const name = relativePath(subpath);
  const path = name === '' ? '.' : Buffer.from(name, 'latin1');
  try {
    return native.openat2(topFd, path, directoryFlags, 0, anchored);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT') throw new NotFoundError('directory', shownName(name));
    if (code === 'ENOTDIR' || code === 'ELOOP' || code === 'EXDEV') {
      throw new InvalidArgumentError(`${shownName(name)} is no directory, or lies behind a link`);
    }
    throw faultOf(error, name, 'opened');
  }
}

class Import {
  readonly #tools: ImportTools;
  readonly #levels: ImportLevels;
  readonly #files: FileImporter;
  #entries = 0;

  constructor(filter: IgnoreFilter, tools: ImportTools) {
    this.#tools = tools;
    this.#levels = new ImportLevels(filter, tools.contents);
    this.#files = new FileImporter(tools);
  }

  async run(rootFd: number): Promise<TreeFacts> {
    const walk = new TreeWalk({
      native: this.#tools.native,
      rootFd,
      start: '',
      crossMounts: false,
      stopped: () => false,
      include: (path) => this.#levels.includes(path),
    });
    for (const visit of walk) {
      await this.#tools.pace.breathe();
      await this.#take(visit);
      if (++this.#entries > maxTreeEntries) {
        throw new ResourceExhaustedError(`the directory has more than ${maxTreeEntries} entries`);
      }
    }
    const { files, bytes } = this.#files;
    return { digest: this.#levels.finish(), files, bytes };
  }

  async #take(visit: Visit): Promise<void> {
    const { path, fd, status } = visit;
    const mode = status.mode & 0o7777;
    if (isDirectory(status)) return this.#levels.enter(path, mode);
    if (this.#levels.isIgnored(path)) return;
    const name = visit.name.toString('latin1');
    if (isRegular(status)) {
      const file = await this.#files.take(path, { fd, name: visit.name, size: status.size });
      if (file !== undefined) this.#levels.add(path, { kind: 'file', name, mode, ...file });
    } else if ((status.mode & S_IFMT) === S_IFLNK) {
      const target = this.#targetOf(fd, visit.name);
      if (target) this.#levels.add(path, { kind: 'link', name, target });
    }
  }

  #targetOf(fd: number, name: Buffer): string | undefined {
    try {
      return Buffer.from(this.#tools.native.readlinkat(fd, name)).toString('latin1');
    } catch (error) {
      // It is something else by now.
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EINVAL') return undefined;
      throw error;
    }
  }
}
