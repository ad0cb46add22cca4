import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError, type CallOptions } from '@wharf/core';
import type { GitOp } from '@wharf/dockerfile';
import { shownAddress } from '../address.js';
import type { OpContext, OpExecutor } from '../executor.js';
import { refuseMoved } from '../lock/moved.js';
import type { AgentSocket } from '../ports.js';
import { authorizationFor } from './authorization.js';
import type { OpDependencies } from './dependencies.js';
import { input } from './inputs.js';
import { Memo } from './memo.js';
import { isWhole } from './results.js';

/** ADD of a repository: the commit comes first, which is the key with what of it is taken. */
export function gitExecutor(deps: OpDependencies): OpExecutor<GitOp> {
  const memo = new Memo<string>();
  const commitOf = (op: GitOp, context: OpContext): Promise<string> =>
    memo.get([context.buildId, op.remote, op.ref, op.commit].join('\n'), () =>
      findCommit(deps, op, context),
    );
  return {
    async inputs(op, context) {
      return [
        input('operation', 'git'),
        input('commit', await commitOf(op, context)),
        input('url', shownAddress(op.remote)),
        input('path', op.subdirectory ?? ''),
        input('mode', flagsOf(op)),
      ];
    },
    async execute(op, context) {
      const commit = await commitOf(op, context);
      await using mirror = await deps.gitMirrors.use(op.remote, context);
      const repository = mirror.path;
      return { kind: 'tree', digest: await checkOut(deps, op, { commit, repository, context }) };
    },
    isHere: (result, context) => isWhole(deps, result, context),
  };
}

/** As Dockerfile.lock has it. */
function nameOf({ remote, ref }: GitOp): string {
  return shownAddress(ref === undefined ? remote : `${remote}#${ref}`);
}

function flagsOf({ keepGitDir, submodules }: GitOp): string {
  return [keepGitDir ? 'with .git' : 'without .git', ...(submodules ? ['submodules'] : [])].join(
    ', ',
  );
}

const wholeCommit = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

async function findCommit(deps: OpDependencies, op: GitOp, context: OpContext): Promise<string> {
  const { pins } = context;
  const name = nameOf(op);
  const isCommit = wholeCommit.test(op.ref ?? '');
  const pin = isCommit ? undefined : pins.find('git', name);
  if (pin !== undefined) {
    const today = (options: CallOptions): Promise<string> =>
      askForCommit(deps, op, { ...context, ...options });
    await refuseMoved(pins, { kind: 'git', name, pin }, today, context);
  }
  const commit = pin ?? (await askForCommit(deps, op, context));
  if (op.commit !== undefined && !commit.startsWith(op.commit.toLowerCase()))
    throw new FailedPreconditionError(
      `${name} is the commit ${commit}, not ${op.commit}: it has moved, or the checksum is another one's`,
      { facts: { commit } },
    );
  if (!isCommit) pins.note('git', name, commit);
  return commit;
}

async function askForCommit(
  deps: OpDependencies,
  { remote, ref }: GitOp,
  context: OpContext,
): Promise<string> {
  await using agent = await agentFor(deps, remote, context);
  return await deps.sources.gitCommit(
    {
      remote,
      ...(ref === undefined ? {} : { ref }),
      ...authorizationOf(remote, context),
      ...(agent === undefined ? {} : { agentSocket: agent.path }),
    },
    context,
  );
}

async function checkOut(
  deps: OpDependencies,
  op: GitOp,
  { commit, repository, context }: { commit: string; repository: string; context: OpContext },
): Promise<string> {
  const { signal, report } = context;
  const { remote, ref, submodules, keepGitDir, subdirectory = '' } = op;
  await using scratch = await deps.scratch();
  await using agent = await agentFor(deps, remote, context);
  const target = join(scratch.path, 'tree');
  await mkdir(target, { mode: 0o755 });
  await deps.sources.git(
    {
      remote,
      ...(ref === undefined ? {} : { ref }),
      submodules,
      keepGitDir,
      commit,
      repository,
      target,
      ...authorizationOf(remote, context),
      ...(agent === undefined ? {} : { agentSocket: agent.path }),
      onProgress: (text) => report.log('stderr', Buffer.from(`${text.trimEnd()}\n`)),
    },
    { signal },
  );
  const { digest } = await deps.trees.importDirectory(
    { directory: target, subpath: subdirectory, ignore: '', keep: [] },
    { signal },
  );
  return digest;
}

function authorizationOf(remote: string, { spec }: OpContext): { authorization?: string } {
  if (!URL.canParse(remote)) return {};
  const authorization = authorizationFor(spec.secrets, 'GIT_AUTH', new URL(remote).host);
  return authorization === undefined ? {} : { authorization };
}

/** The caller's agent, for remotes that are reached by ssh. */
async function agentFor(
  { agents }: OpDependencies,
  remote: string,
  { spec, agent }: OpContext,
): Promise<AgentSocket | undefined> {
  if (/^https?:/i.test(remote) || agent === undefined) return undefined;
  const id = spec.sshAgents.includes('default') ? 'default' : spec.sshAgents[0];
  return id === undefined ? undefined : agents.listen(() => agent(id));
}
