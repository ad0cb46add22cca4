import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { CallOptions } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import type { GitSourceRequest, SourcePort } from '@wharf/engine/ports';
import { defaultSourceLimits } from './config.js';
import type { SourcesConfig } from './config.js';
import { connect } from './git/connection.js';
import { fetchTree } from './git/fetch.js';
import type { CheckoutParts } from './git/fetch.js';
import { checkRef, isCommitId } from './git/ref.js';
import { parseRemote } from './git/remote.js';
import { resolveRef } from './git/resolve.js';
import type { Wire } from './http/exchange.js';
import { fetchFile } from './http/fetch.js';
import { Guard } from './net/guard.js';

/** @throws InvalidArgumentError for an entry of `allowPrivate` that is none */
export function createSources(config: SourcesConfig): SourcePort {
  const limits = { ...defaultSourceLimits, ...config.limits };
  const wire: Wire = {
    guard: new Guard(config.allowPrivate),
    proxies: config.proxies,
    caFile: config.caFile,
    connectMs: limits.connectMs,
    userAgent: config.userAgent,
    limits,
  };
  return {
    http: (request, options) => fetchFile(request, wire, options),
    gitCommit: (request, options) => gitCommit(request, config, wire, options),
    git: (request, options) => fetchGit(request, config, wire, options),
  };
}

async function gitCommit(
  { remote: text, ref, agentSocket, authorization }: Parameters<SourcePort['gitCommit']>[0],
  config: SourcesConfig,
  wire: Wire,
  { signal }: CallOptions,
): Promise<string> {
  const remote = parseRemote(text, authorization);
  if (ref !== undefined && isCommitId(ref)) return ref;
  if (ref !== undefined) checkRef(ref);
  await using place = await workplace(config);
  const parts = { config, wire, directory: place.directory, agentSocket };
  const connection = await connect(remote, parts, signal);
  const program = { ...programOf(config, wire, place.home), shown: connection.shown };
  return await resolveRef(connection, ref, program, signal);
}

async function fetchGit(
  request: GitSourceRequest,
  config: SourcesConfig,
  wire: Wire,
  { signal }: CallOptions,
): Promise<{ committedAt: Date }> {
  const { ref, commit, repository, target, submodules, keepGitDir, agentSocket, onProgress } =
    request;
  const remote = parseRemote(request.remote, request.authorization);
  if (ref !== undefined && !isCommitId(ref)) checkRef(ref);
  if (!isCommitId(commit)) throw new InvalidArgumentError('the commit is no full commit id');
  await using place = await workplace(config);
  const parts: CheckoutParts = {
    connection: { config, wire, directory: place.directory, agentSocket },
    program: programOf(config, wire, place.home),
    limits: wire.limits,
    onLine: onProgress,
  };
  const named = ref !== undefined && isCommitId(ref) ? undefined : ref;
  const checkout = { remote, ref: named, commit, directory: repository, target };
  return await fetchTree({ ...checkout, submodules, keepGitDir }, parts, signal);
}

function programOf(config: SourcesConfig, wire: Wire, home: string): CheckoutParts['program'] {
  return { path: config.git ?? 'git', home, idleMs: wire.limits.gitIdleMs };
}

/** A directory for one call, with an empty home in it. */
async function workplace({ temporary }: SourcesConfig) {
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(`${temporary}/source-`);
  const home = `${directory}/home`;
  await mkdir(home, { mode: 0o700 });
  return {
    directory,
    home,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
