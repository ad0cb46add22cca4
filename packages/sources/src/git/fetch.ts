import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { InvalidArgumentError, ResourceExhaustedError } from '@wharf/core';
import type { SourceLimits } from '../config.js';
import { checkOut, committedAt, makeGitDirectory } from './checkout.js';
import { connect } from './connection.js';
import type { ConnectionParts } from './connection.js';
import { moduleRemote, readModules } from './modules.js';
import type { GitProgram } from './process.js';
import { remoteText, shownRemote } from './remote.js';
import type { Remote } from './remote.js';
import { fetchCommit, openRepository, packBytes } from './repository.js';
import type { Repository } from './repository.js';
import { listTree } from './tree.js';
import type { Budget, TreeListing } from './tree.js';

export interface Checkout {
  readonly remote: Remote;
  readonly ref: string | undefined;
  readonly commit: string;
  readonly directory: string;
  readonly target: string;
  readonly submodules: boolean;
  readonly keepGitDir: boolean;
}

export interface CheckoutParts {
  readonly connection: ConnectionParts;
  readonly program: Omit<GitProgram, 'shown'>;
  readonly limits: SourceLimits;
  readonly onLine: ((line: string) => void) | undefined;
}

/** Fetches a commit and writes its files, those of submodules too, into an empty directory. */
export async function fetchTree(
  checkout: Checkout,
  parts: CheckoutParts,
  signal: AbortSignal,
): Promise<{ committedAt: Date }> {
  const { gitBytes, gitEntries: entries, submodules: modules } = parts.limits;
  const budget = { disk: gitBytes, bytes: gitBytes, entries, modules };
  const repository = await fetchOne(checkout, parts, budget, 0, signal);
  return { committedAt: await committedAt(repository, checkout.commit, signal) };
}

async function fetchOne(
  checkout: Checkout,
  parts: CheckoutParts,
  budget: Budget,
  depth: number,
  signal: AbortSignal,
): Promise<Repository> {
  const { remote, commit, directory, target, keepGitDir } = checkout;
  const program = { ...parts.program, shown: shownRemote(remote) };
  const repository = { directory, program, maxBytes: budget.disk };
  await openRepository(repository, commit, signal);
  const reach = () => connect(remote, parts.connection, signal);
  await fetchCommit(repository, checkout, reach, parts.onLine, signal);
  budget.disk -= await packBytes(directory);
  const listing = await listTree(repository, commit, budget, signal);
  if (keepGitDir) await makeGitDirectory(repository, commit, remote, target, signal);
  const index = keepGitDir ? `${target}/.git/index` : `${parts.connection.directory}/index`;
  await rm(index, { force: true });
  await checkOut(repository, commit, target, index, signal);
  if (checkout.submodules)
    await fetchModules(checkout, repository, listing, parts, budget, depth, signal);
  return repository;
}

async function fetchModules(
  parent: Checkout,
  repository: Repository,
  { links, gitmodules }: TreeListing,
  parts: CheckoutParts,
  budget: Budget,
  depth: number,
  signal: AbortSignal,
): Promise<void> {
  if (gitmodules === undefined || links.size === 0) return;
  if (depth >= parts.limits.submoduleDepth) {
    throw new ResourceExhaustedError(
      `${repository.program.shown}: submodules are nested too deeply`,
    );
  }
  for (const module of await readModules(repository, gitmodules, signal)) {
    const commit = links.get(module.path);
    // As git does: what is named and not in the tree is of another time.
    if (commit === undefined) continue;
    if (module.path.includes('\ufffd')) {
      throw new InvalidArgumentError('a submodule has a path that is not UTF-8: refused');
    }
    budget.modules -= 1;
    if (budget.modules < 0) {
      throw new ResourceExhaustedError(`${repository.program.shown}: it has too many submodules`);
    }
    const remote = moduleRemote(parent.remote, module);
    const name = createHash('sha256').update(remoteText(remote)).digest('hex').slice(0, 32);
    const directory = `${topOf(parent.directory)}/wharf-modules/${name}`;
    // Its parents are directories of the tree, which cannot have a link of the same name (git-read-tree verifies).
    const target = `${parent.target}/${module.path}`;
    const own = { remote, ref: undefined, commit, directory, target };
    const next = { ...own, submodules: true, keepGitDir: false };
    await fetchOne(next, parts, budget, depth + 1, signal);
  }
}

function topOf(directory: string): string {
  const at = directory.indexOf('/wharf-modules/');
  return at < 0 ? directory : directory.slice(0, at);
}
