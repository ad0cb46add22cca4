import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import { git } from './process.js';
import type { Repository } from './repository.js';

/** What is left of the limits of one checkout, shared with its submodules. */
export interface Budget {
  /** Of repositories on disk. */
  disk: number;
  /** Of files that are written. */
  bytes: number;
  entries: number;
  modules: number;
}

export interface TreeListing {
  /** Path -> commit of each submodule. */
  readonly links: ReadonlyMap<string, string>;
  /** Id of the blob `.gitmodules`, when it is a file. */
  readonly gitmodules: string | undefined;
}

/**
 * Counts all that a checkout would write before anything is, so that a tree of a few objects that unfolds without end (a
 * "git bomb") costs a limit's worth of listing and no more.
 */
export async function listTree(
  { directory, program }: Repository,
  commit: string,
  budget: Budget,
  signal: AbortSignal,
): Promise<TreeListing> {
  const links = new Map<string, string>();
  let gitmodules: string | undefined;
  let rest: Buffer = Buffer.alloc(0);
  const entry = (line: string): void => {
    const { mode, id, size, path } = parseEntry(line);
    budget.bytes -= size;
    budget.entries -= 1;
    if (budget.bytes < 0 || budget.entries < 0) throw tooLarge(program.shown);
    if (mode === '160000') links.set(path, id);
    if (path !== '.gitmodules') return;
    if (!mode.startsWith('100')) throw linkedModules(program.shown);
    gitmodules = id;
  };
  const onStdout = (chunk: Buffer): void => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0, start)) {
      entry(rest.toString('utf8', start, end));
      start = end + 1;
    }
    rest = rest.subarray(start);
    if (rest.length > 1024 * 1024) throw tooLarge(program.shown);
  };
  const args = [
    `--git-dir=${directory}`,
    'ls-tree',
    '-r',
    '-t',
    '-z',
    '--long',
    '--full-tree',
    commit,
  ];
  await git(program, { args, onStdout }, signal);
  return { links, gitmodules };
}

/** `<mode> <type> <id> <size padded>\t<path>`; git-ls-tree(1). */
function parseEntry(line: string): { mode: string; id: string; size: number; path: string } {
  const tab = line.indexOf('\t');
  const [mode = '', , id = '', size = ''] = line.slice(0, tab).split(/ +/);
  return { mode, id, size: size === '-' ? 0 : Number(size), path: line.slice(tab + 1) };
}

function tooLarge(shown: string): ResourceExhaustedError {
  const text = `${shown}: the tree has more files or bytes than a build may check out`;
  return new ResourceExhaustedError(text, { facts: { remote: shown } });
}

/** CVE-2018-11235 and its kin: what git takes for the file is not what is checked. */
function linkedModules(shown: string): InvalidArgumentError {
  return new InvalidArgumentError(`${shown}: its .gitmodules is no file: refused`);
}
