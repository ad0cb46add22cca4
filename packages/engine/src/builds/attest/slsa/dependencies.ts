import type { BuildSource, BuildSpec } from '@wharf/core';
import { imageKey, type ContextOp, type GitOp, type ImageOp, type Op } from '@wharf/dockerfile';
import { parseReference } from '@wharf/oci';
import { shownAddress } from '../../address.js';
import { splitGitUrl } from '../../contexts/load.js';
import type { SolvedPlan } from '../../outputs.js';
import type { BuildFacts } from '../facts.js';
import { addressUri, baseImageUri } from './uri.js';

/** Something that a build has taken, with what it was (SLSA's ResourceDescriptor). */
export interface Dependency {
  readonly uri?: string;
  readonly name?: string;
  readonly digest?: Readonly<Record<string, string>>;
}

interface DependencyRequest {
  readonly solved: SolvedPlan;
  readonly ops: readonly Op[];
  readonly spec: Pick<BuildSpec, 'context' | 'namedContexts'>;
  readonly facts: Pick<BuildFacts, 'used'>;
  /** With the digests of directories that the caller has sent. */
  readonly withTrees: boolean;
}

/** Images, downloads and commits, each once, ordered. */
export function dependenciesOf(request: DependencyRequest): readonly Dependency[] {
  const found = new Map<string, Dependency>();
  for (const op of request.ops)
    for (const one of dependencyOf(request, op)) found.set(JSON.stringify(one), one);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function dependencyOf(request: DependencyRequest, op: Op): readonly Dependency[] {
  const { used } = request.facts;
  switch (op.kind) {
    case 'image':
      return [imageDependency(op, used.image)];
    case 'http':
      return [httpDependency(op.url, op.checksum ?? used.http.get(shownAddress(op.url)))];
    case 'git':
      return [gitDependency(op, used.git.get(nameOf(op)) ?? op.ref)];
    case 'context':
      return contextDependency(request, op);
    default:
      return [];
  }
}

function imageDependency(op: ImageOp, used: ReadonlyMap<string, string>): Dependency {
  const { reference, platform } = op;
  const digest =
    op.digest ?? used.get(imageKey(reference, platform)) ?? parseReference(reference).digest;
  return { uri: baseImageUri(reference, platform), ...digestOf(digest) };
}

function httpDependency(url: string, digest: string | undefined): Dependency {
  return { uri: addressUri(url), ...digestOf(digest) };
}

/** `commit` is left out unless it is a whole one. */
function gitDependency(
  { remote, ref }: Pick<GitOp, 'remote' | 'ref'>,
  commit: string | undefined,
): Dependency {
  const uri = ref === undefined ? addressUri(remote) : `${addressUri(remote)}#${ref}`;
  if (commit === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return { uri };
  return { uri, digest: { [commit.length === 40 ? 'sha1' : 'sha256']: commit, gitCommit: commit } };
}

function nameOf({ remote, ref }: Pick<GitOp, 'remote' | 'ref'>): string {
  return shownAddress(ref === undefined ? remote : `${remote}#${ref}`);
}

function digestOf(digest: string | undefined): Pick<Dependency, 'digest'> {
  return digest?.startsWith('sha256:') === true ? { digest: { sha256: digest.slice(7) } } : {};
}

function contextDependency(
  { spec, facts, solved, withTrees }: DependencyRequest,
  { id, name }: ContextOp,
): readonly Dependency[] {
  const source = name === undefined ? spec.context : spec.namedContexts.get(name);
  const remote = remoteContext(source, facts);
  if (remote !== undefined) return [remote];
  const result = solved.result(id);
  const isSent = withTrees && source?.kind === 'tree' && result.kind === 'tree';
  return isSent ? [{ name: name ?? 'context', ...digestOf(result.digest) }] : [];
}

/** A context that comes from the network. */
export function remoteContext(
  source: BuildSource | undefined,
  { used }: Pick<BuildFacts, 'used'>,
): Dependency | undefined {
  if (source?.kind === 'http')
    return httpDependency(source.url, used.http.get(shownAddress(source.url)));
  if (source?.kind !== 'git') return undefined;
  const split = splitGitUrl(source.url);
  return gitDependency(split, used.git.get(nameOf(split)));
}
