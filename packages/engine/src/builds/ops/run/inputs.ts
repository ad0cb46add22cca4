import type { CacheInput } from '@wharf/core';
import type { PlannedMount, RunOp } from '@wharf/dockerfile';
import type { OpContext } from '../../executor.js';
import { readInputs } from '../contents.js';
import type { OpDependencies } from '../dependencies.js';
import { environmentInputs, input, platformInput, said, textDigest } from '../inputs.js';
import { identityOf } from '../results.js';
import { networkOf } from './network.js';

/**
 * What a process may read. Of secrets their ids alone, of cache mounts and agents what they are called: their contents are of no
 * meaning for a result.
 */
export async function runInputs(
  deps: Pick<OpDependencies, 'layers' | 'files'>,
  op: RunOp,
  context: OpContext,
): Promise<readonly CacheInput[]> {
  const mounts: CacheInput[] = [];
  for (const mount of op.mounts) mounts.push(...(await mountInputs(deps, mount, context)));
  return [
    input('operation', 'run'),
    ...op.args.map((argument) => input('command', argument)),
    ...op.scripts.map(({ name, content }) => input('script', textDigest(content), name)),
    ...environmentInputs(op.env),
    input('base', identityOf(context.result(op.base))),
    ...mounts,
    input('workdir', op.workdir),
    input('user', op.user),
    input('network', networkOf(op, context.spec)),
    ...context.spec.resources.extraHosts.map((host) => input('network', host, 'host')),
    ...said('security', op.security === 'insecure' ? 'insecure' : ''),
    ...op.devices.map((device) => input('device', device)),
    platformInput(op.platform),
    input('epoch', String(context.epochSeconds)),
  ];
}

async function mountInputs(
  deps: Pick<OpDependencies, 'layers' | 'files'>,
  mount: PlannedMount,
  context: OpContext,
): Promise<readonly CacheInput[]> {
  const kind = input('mount', mountText(mount), mount.target);
  if (mount.type !== 'bind' || mount.input === undefined) return [kind];
  const path = mount.source || '/';
  const items = [{ input: mount.input, path, wildcards: false, unpack: false }];
  const read = { items, exclude: [], below: `${mount.target}: ` };
  return [kind, ...(await readInputs(deps, read, context))];
}

function mountText(mount: PlannedMount): string {
  const words = (entries: Readonly<Record<string, string | number | boolean | undefined>>) =>
    Object.entries(entries)
      .filter(([, value]) => value !== undefined && value !== false && value !== '')
      .map(([key, value]) => (value === true ? `,${key}` : `,${key}=${value}`))
      .join('');
  switch (mount.type) {
    case 'bind':
      return `bind${words({ rw: !mount.readOnly })}`;
    case 'cache': {
      const { id, sharing, readOnly: ro, uid, gid, mode } = mount;
      return `cache${words({ id, sharing, ro, uid, gid, mode: mode?.toString(8) })}`;
    }
    case 'tmpfs':
      return `tmpfs${words({ size: mount.size, ro: mount.readOnly })}`;
    case 'secret': {
      const { id, required, env, uid, gid, mode } = mount;
      return `secret${words({ id, required, env, uid, gid, mode: mode?.toString(8) })}`;
    }
    case 'ssh': {
      const { id, required, uid, gid, mode } = mount;
      return `ssh${words({ id, required, uid, gid, mode: mode?.toString(8) })}`;
    }
  }
}
