import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { FailedPreconditionError, ResourceExhaustedError } from '@wharf/core';
import type { Connection } from './connection.js';
import { git } from './process.js';
import type { GitProgram } from './process.js';
import { candidates } from './ref.js';

/** A bare repository of ours, in which commits stay under `refs/wharf/`, each without its history where the server can. */
export interface Repository {
  readonly directory: string;
  readonly program: GitProgram;
  /** Of the directory. */
  readonly maxBytes: number;
}

export interface Wanted {
  readonly commit: string;
  readonly ref: string | undefined;
}

/** Makes it when it is missing, and clears what a run left that was killed. */
export async function openRepository(
  { directory, program }: Repository,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  const args = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`];
  await git(program, { args: [...args, '--', directory] }, signal);
  for (const name of ['shallow.lock', 'HEAD.lock', 'config.lock', 'packed-refs.lock']) {
    await rm(`${directory}/${name}`, { force: true });
  }
  const packs = `${directory}/objects/pack`;
  for (const name of await names(packs)) {
    if (name.startsWith('tmp_') || name.startsWith('.tmp-'))
      await rm(`${packs}/${name}`, { force: true });
  }
}

/** Fetches a commit unless it is there: it alone by its id, else by the ref, else with all that leads to it. */
export async function fetchCommit(
  repository: Repository,
  { commit, ref }: Wanted,
  connect: () => Promise<Connection>,
  onLine: ((line: string) => void) | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (await hasCommit(repository, commit, signal)) return;
  const connection = await connect();
  const fetch = (refspecs: readonly string[], depth: readonly string[]): Promise<unknown> =>
    runFetch(repository, connection, [...depth, '--', connection.url, ...refspecs], onLine, signal);
  let failure = await failed(fetch([`+${commit}:${refOf(commit)}`], ['--depth=1']), signal);
  for (const name of ref === undefined ? [] : candidates(ref)) {
    if (failure === undefined || (await hasCommit(repository, commit, signal))) break;
    failure = await failed(fetch([`+${name}:${refOf(commit)}`], ['--depth=1']), signal);
  }
  if (await hasCommit(repository, commit, signal)) return keep(repository, commit, signal);
  if (failure !== undefined && !isAboutWants(failure)) throw failure;
  await fetch(
    ['+refs/heads/*:refs/wharf-all/heads/*', '+refs/tags/*:refs/wharf-all/tags/*'],
    ['--depth=2147483647'],
  );
  if (await hasCommit(repository, commit, signal)) return keep(repository, commit, signal);
  throw new FailedPreconditionError(
    `${connection.shown} has no commit ${commit}: it may have been removed, or be of no branch or tag`,
    { facts: { remote: connection.shown, commit } },
  );
}

/** The ref under which a commit stays. */
export function refOf(commit: string): string {
  return `refs/wharf/${commit}`;
}

export async function hasCommit(
  { directory, program }: Repository,
  commit: string,
  signal: AbortSignal,
): Promise<boolean> {
  const args = [`--git-dir=${directory}`, 'cat-file', '-t', commit];
  const type = await git(program, { args }, signal).catch((error: unknown) => {
    if (signal.aborted || isMissingGit(error)) throw error;
    return undefined;
  });
  if (type === undefined) return false;
  if (type.toString().trim() === 'commit') return true;
  throw new FailedPreconditionError(`${program.shown}: ${commit} is no commit`);
}

function isMissingGit(error: unknown): boolean {
  return error instanceof FailedPreconditionError && error.facts['program'] === 'git';
}

async function keep(
  { directory, program }: Repository,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  const args = [`--git-dir=${directory}`, 'update-ref', refOf(commit), commit];
  await git(program, { args }, signal);
}

async function runFetch(
  { directory, program, maxBytes }: Repository,
  { settings, env }: Connection,
  args: readonly string[],
  onLine: ((line: string) => void) | undefined,
  signal: AbortSignal,
): Promise<void> {
  let last = 0;
  const watch = async (): Promise<boolean> => {
    const size = await packBytes(directory);
    const grown = size > last;
    last = size;
    if (size <= maxBytes) return grown;
    throw new ResourceExhaustedError(
      `${program.shown}: the repository is larger than ${maxBytes} bytes`,
      { facts: { remote: program.shown } },
    );
  };
  const options = [
    '--progress',
    '--force',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
  ];
  const all = [`--git-dir=${directory}`, 'fetch', ...options, '--no-recurse-submodules', ...args];
  await git(program, { args: all, settings, env, watch, ...(onLine ? { onLine } : {}) }, signal);
  await watch();
}

/** On disk, of what was fetched. */
export async function packBytes(directory: string): Promise<number> {
  const packs = `${directory}/objects/pack`;
  let total = 0;
  for (const name of await names(packs)) {
    total += (await stat(`${packs}/${name}`).catch(() => undefined))?.size ?? 0;
  }
  return total;
}

function names(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function failed(work: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (signal.aborted || error instanceof ResourceExhaustedError) throw error;
    return error;
  }
}

/** What the server does not give by itself may still come with a branch. */
function isAboutWants(failure: unknown): boolean {
  const text = failure instanceof Error ? failure.message : '';
  return /unadvertised object|not our ref|couldn't find remote ref|remote error/i.test(text);
}
