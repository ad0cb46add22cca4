import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FailedPreconditionError,
  InvalidArgumentError,
  type AgentConnection,
  type BuildSpec,
  type BuildSource,
  type CallOptions,
} from '@wharf/core';
import { shownAddress } from '../address.js';
import type { BuildsDependencies, OpTools } from '../dependencies.js';
import type { OpReport } from '../executor.js';
import { authorizationFor } from '../ops/authorization.js';
import { refuseMoved } from '../lock/moved.js';
import type { Pins } from '../pins.js';
import type { AgentSocket } from '../ports.js';
import { importArchiveFile, textOf, type ArchiveDependencies } from './import-archive.js';
import { applyIgnore } from './import-files.js';

/** Files of a context, in the store. */
export interface LoadedContext {
  readonly tree: string;
  /** With what an ignore file leaves out of it, when that is known here: the Dockerfile is looked for in it. */
  readonly whole?: string;
  /** What it says of itself. */
  readonly createdAt?: Date;
  /** It was a text: the Dockerfile itself. */
  readonly dockerfile?: string;
}

export type LoadDependencies = ArchiveDependencies &
  Pick<BuildsDependencies, 'sources' | 'agents'> &
  Pick<OpTools, 'gitMirrors'>;

export interface LoadRequest {
  /** Its path in the context, for its ignore file. */
  readonly dockerfile: string;
  readonly pins: Pins;
  readonly report: OpReport;
  /** By which the servers of sources know the caller. */
  readonly spec: Pick<BuildSpec, 'secrets' | 'sshAgents'>;
  readonly agent?: (id: string) => Promise<AgentConnection>;
}

/** @throws failed-precondition for a tree that is not here, invalid-argument for a source that has no files */
export async function loadContext(
  deps: LoadDependencies,
  source: BuildSource,
  request: LoadRequest,
  options: CallOptions,
): Promise<LoadedContext> {
  switch (source.kind) {
    case 'tree':
      await checkHere(deps, source.digest, options);
      return { tree: source.digest };
    case 'archive':
      await checkHere(deps, source.digest, options);
      return applyIgnore(deps.trees, source.digest, request.dockerfile, options);
    case 'git':
      return loadGit(deps, source.url, request, options);
    case 'http':
      return loadHttp(deps, source.url, request, options);
    default:
      throw new InvalidArgumentError(`a build context has files: an ${source.kind} has none`);
  }
}

async function checkHere(
  { trees }: LoadDependencies,
  digest: string,
  options: CallOptions,
): Promise<void> {
  if ((await trees.facts(digest, options)) !== undefined) return;
  throw new FailedPreconditionError(
    `the files of the build context ${digest} are not here any more, send them again`,
  );
}

async function loadGit(
  deps: LoadDependencies,
  url: string,
  request: LoadRequest,
  options: CallOptions,
): Promise<LoadedContext> {
  const { dockerfile, pins, report } = request;
  const { remote, ref, subpath } = splitGitUrl(url);
  const name = shownAddress(ref === undefined ? remote : `${remote}#${ref}`);
  await using agent = await agentFor(deps, remote, request);
  const which = {
    remote,
    ...(ref === undefined ? {} : { ref }),
    ...authorizationOf('GIT_AUTH', remote, request),
    ...(agent === undefined ? {} : { agentSocket: agent.path }),
  };
  const pin = pins.find('git', name);
  if (pin !== undefined) {
    const today = (call: CallOptions): Promise<string> => deps.sources.gitCommit(which, call);
    await refuseMoved(pins, { kind: 'git', name, pin }, today, options);
  }
  const commit = pin ?? (await deps.sources.gitCommit(which, options));
  pins.note('git', name, commit);
  await using scratch = await deps.scratch();
  await using mirror = await deps.gitMirrors.use(remote, options);
  const target = join(scratch.path, 'files');
  await mkdir(target, { mode: 0o700 });
  const { committedAt } = await deps.sources.git(
    {
      ...which,
      submodules: true,
      keepGitDir: false,
      commit,
      repository: mirror.path,
      target,
      onProgress: (text) => report.log('stderr', Buffer.from(`${text.trimEnd()}\n`)),
    },
    options,
  );
  const all = { directory: target, subpath, ignore: '', keep: [] };
  const { digest } = await deps.trees.importDirectory(all, options);
  const filtered = await applyIgnore(deps.trees, digest, dockerfile, options);
  return { ...filtered, createdAt: committedAt };
}

async function loadHttp(
  deps: LoadDependencies,
  url: string,
  request: LoadRequest,
  options: CallOptions,
): Promise<LoadedContext> {
  const { dockerfile, pins, report } = request;
  await using scratch = await deps.scratch();
  const target = join(scratch.path, 'download');
  const checksum = pins.find('http', url);
  const fetched = await deps.sources.http(
    {
      url,
      target,
      ...(checksum === undefined ? {} : { checksum }),
      ...authorizationOf('HTTP_AUTH', url, request),
      onProgress: (current, total) => report.progress(shownAddress(url), current, total, 'bytes'),
    },
    options,
  );
  if (fetched.kind === 'fetched') pins.note('http', url, fetched.digest);
  const text = await textOf(deps, target, options);
  if (text === undefined) {
    const { digest } = await importArchiveFile(deps, target, options);
    return applyIgnore(deps.trees, digest, dockerfile, options);
  }
  return { tree: (await deps.trees.importFiles([], options)).digest, dockerfile: text };
}

/** `REMOTE#REF:DIRECTORY`, either of which may be missing. */
export function splitGitUrl(url: string): {
  readonly remote: string;
  readonly ref?: string;
  readonly subpath: string;
} {
  const hash = url.indexOf('#');
  if (hash < 0) return { remote: url, subpath: '' };
  const [ref = '', ...rest] = url.slice(hash + 1).split(':');
  const subpath = rest.join(':');
  return { remote: url.slice(0, hash), ...(ref === '' ? {} : { ref }), subpath };
}

function authorizationOf(
  prefix: 'GIT_AUTH' | 'HTTP_AUTH',
  url: string,
  { spec }: LoadRequest,
): { authorization?: string } {
  if (!URL.canParse(url)) return {};
  const authorization = authorizationFor(spec.secrets, prefix, new URL(url).host);
  return authorization === undefined ? {} : { authorization };
}

async function agentFor(
  { agents }: LoadDependencies,
  remote: string,
  { spec, agent }: LoadRequest,
): Promise<AgentSocket | undefined> {
  if (/^https?:/i.test(remote) || agent === undefined) return undefined;
  const id = spec.sshAgents.includes('default') ? 'default' : spec.sshAgents[0];
  return id === undefined ? undefined : agents.listen(() => agent(id));
}
