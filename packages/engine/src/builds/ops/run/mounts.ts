import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FailedPreconditionError } from '@wharf/core';
import type { PlannedMount, RunOp } from '@wharf/dockerfile';
import type { OpContext } from '../../executor.js';
import type { StepMount } from '../../step-runner.js';
import type { OpDependencies } from '../dependencies.js';
import { sourceOf } from '../results.js';

/** What a step sees beside its root; its sources go with the stack that it was made on. */
export interface StepSurroundings {
  readonly mounts: readonly StepMount[];
  /** Variables that come with mounts. */
  readonly env: readonly string[];
}

interface Making {
  readonly deps: OpDependencies;
  readonly context: OpContext;
  /** A directory of ours that goes with the step. */
  readonly directory: string;
  readonly undo: AsyncDisposableStack;
  readonly mounts: StepMount[];
  readonly env: string[];
}

type Of<T extends PlannedMount['type']> = Extract<PlannedMount, { readonly type: T }>;

/** Makes what the mounts of a step need, cache mounts in the order of their ids so that two steps do not wait for each other. */
export async function makeSurroundings(
  deps: OpDependencies,
  op: RunOp,
  directory: string,
  undo: AsyncDisposableStack,
  context: OpContext,
): Promise<StepSurroundings> {
  const making: Making = { deps, context, directory, undo, mounts: [], env: [] };
  const held = await holdCaches(making, op);
  for (const [index, mount] of op.mounts.entries()) {
    if (mount.type === 'bind') await addBind(making, mount, index);
    else if (mount.type === 'cache') addCache(making, mount, held.get(mount) ?? '');
    else if (mount.type === 'tmpfs') addTmpfs(making, mount);
    else if (mount.type === 'secret') addSecret(making, mount);
    else await addAgent(making, mount, index);
  }
  await addScripts(making, op);
  return making;
}

async function addBind(
  { deps, context, directory, mounts }: Making,
  mount: Of<'bind'>,
  index: number,
): Promise<void> {
  const { target, readOnly, input } = mount;
  if (input === undefined) return;
  const source = sourceOf(deps.layers, context.result(input));
  const path = mount.source || '/';
  const own = join(directory, `bind-${index}`);
  if (source.kind === 'tree') {
    await deps.files.materialise({ source, path, target: own }, { signal: context.signal });
    mounts.push({ kind: 'bind', source: own, subpath: '', target, readOnly });
    return;
  }
  const scratch = readOnly ? undefined : { upper: join(own, 'upper'), work: join(own, 'work') };
  if (scratch !== undefined) {
    await mkdir(scratch.upper, { recursive: true, mode: 0o755 });
    await mkdir(scratch.work, { mode: 0o700 });
  }
  mounts.push({
    kind: 'stack',
    lower: source.lower,
    subpath: path.replace(/^\/+/, ''),
    target,
    readOnly,
    ...(scratch === undefined ? {} : { scratch }),
  });
}

async function holdCaches(making: Making, op: RunOp): Promise<ReadonlyMap<PlannedMount, string>> {
  const { deps, context, undo } = making;
  const held = new Map<PlannedMount, string>();
  const caches = op.mounts
    .filter((mount) => mount.type === 'cache')
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const byId = new Map<string, string>();
  for (const mount of caches) {
    const { id, sharing, uid, gid, mode } = mount;
    const known = byId.get(id);
    const cache =
      known ??
      undo.use(
        await deps.cacheMounts.acquire(
          {
            id,
            sharing,
            ...(uid === undefined ? {} : { uid }),
            ...(gid === undefined ? {} : { gid }),
            ...(mode === undefined ? {} : { mode }),
            ...seedOf(making, mount),
          },
          { signal: context.signal },
        ),
      ).directory;
    byId.set(id, cache);
    held.set(mount, cache);
  }
  return held;
}

/** What an imported cache has of it, else what `from` has, as it is there. */
function seedOf({ deps, context }: Making, mount: Of<'cache'>) {
  const { input, id } = mount;
  const { fillCacheMount } = context;
  if (input === undefined && fillCacheMount === undefined) return {};
  const path = mount.source || '/';
  return {
    seed: async (directory: string, { signal }: { readonly signal: AbortSignal }) => {
      if (await fillCacheMount?.(id, directory, { signal })) return;
      if (input === undefined) return;
      const source = sourceOf(deps.layers, context.result(input));
      await using scratch = await deps.scratch();
      const work = join(scratch.path, 'work');
      await mkdir(work, { mode: 0o700 });
      await deps.files.copy(
        {
          place: { lower: [], upper: directory, work },
          items: [{ source, path, wildcards: false, unpack: false }],
          destination: '/',
          owner: '',
          exclude: [],
        },
        { signal },
      );
    },
  };
}

function addCache({ mounts }: Making, mount: Of<'cache'>, source: string): void {
  const { target, readOnly, input } = mount;
  const subpath = input === undefined ? mount.source.replace(/^\/+/, '') : '';
  mounts.push({
    kind: 'bind',
    source,
    subpath: subpath,
    target,
    readOnly,
  });
}

function addTmpfs({ mounts }: Making, { target, readOnly, size }: Of<'tmpfs'>): void {
  mounts.push({ kind: 'tmpfs', target, readOnly, ...(size === undefined ? {} : { size }) });
}

function addSecret({ context, mounts, env }: Making, mount: Of<'secret'>): void {
  const { id, required, uid = 0, gid = 0, mode = 0o400 } = mount;
  const secret = context.spec.secrets.find((one) => one.id === id);
  if (secret === undefined) {
    if (!required) return;
    throw new FailedPreconditionError(
      `the step needs the secret ${id}: give it with --secret id=${id}`,
      { facts: { secret: id } },
    );
  }
  if (mount.env !== undefined) env.push(`${mount.env}=${Buffer.from(secret.value).toString()}`);
  if (mount.env !== undefined && mount.target === '') return;
  const target = mount.target === '' ? `/run/secrets/${id}` : mount.target;
  const content = secret.value;
  mounts.push({ kind: 'secret', target, readOnly: true, content, uid, gid, mode });
}

async function addAgent(
  { deps, context, undo, mounts, env }: Making,
  mount: Of<'ssh'>,
  index: number,
): Promise<void> {
  const { required, uid = 0, gid = 0, mode = 0o600 } = mount;
  const id = mount.id === '' ? 'default' : mount.id;
  const { agent, spec } = context;
  if (agent === undefined || !spec.sshAgents.includes(id)) {
    if (!required) return;
    throw new FailedPreconditionError(`the step needs the agent ${id}: give it with --ssh ${id}`, {
      facts: { agent: id },
    });
  }
  const { path: source } = undo.use(await deps.agents.listen(() => agent(id)));
  const target = mount.target === '' ? `/run/wharf/ssh_agent.${index}` : mount.target;
  mounts.push({ kind: 'socket', target, readOnly: false, source, uid, gid, mode });
  if (!env.some((entry) => entry.startsWith('SSH_AUTH_SOCK='))) env.push(`SSH_AUTH_SOCK=${target}`);
}

/** Bodies of heredocs that are a program. */
async function addScripts({ directory, mounts }: Making, { scripts }: RunOp): Promise<void> {
  if (scripts.length === 0) return;
  const source = join(directory, 'scripts');
  await mkdir(source, { mode: 0o755 });
  for (const { name, content } of scripts) {
    await writeFile(join(source, name), content, { mode: 0o755, flag: 'wx' });
    mounts.push({
      kind: 'bind',
      source,
      subpath: name,
      target: `/dev/pipes/${name}`,
      readOnly: true,
    });
  }
}
