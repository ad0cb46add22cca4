import type { ContainerSpec, ResolvedConfig } from '@wharf/core';
import { lookUpEnv, mergeEnv, parseContainerPath, type RuntimeProcess } from '@wharf/oci';
import type { HostFacts } from '../ports.js';
import { capabilitySets } from './capabilities.js';
import { checkArgumentSpace } from './check-arguments.js';
import { invalid } from './names.js';
import type { TaskConfigInput } from './task-config.js';
import { rlimits } from './ulimits.js';

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface BuiltProcess {
  readonly main: RuntimeProcess;
  /** What exec and health processes start from: the same without a command and a terminal. */
  readonly exec: RuntimeProcess;
}

/** The `process` object. Its user and HOME are the shim's to fill in: they are looked up in the root filesystem. */
export function buildProcess(
  { spec, resolved, defaults, plainEnv = false }: TaskConfigInput,
  facts: HostFacts,
  capabilities: readonly string[],
  initTarget: string | undefined,
): BuiltProcess {
  const args = commandLine(resolved, initTarget);
  const env = environment(spec, resolved, plainEnv);
  checkArgumentSpace(args, env);
  const common = {
    user: { uid: 0, gid: 0 },
    cwd: resolved.workdir === '' ? '/' : parseContainerPath(resolved.workdir),
    capabilities: capabilitySets(capabilities),
    rlimits: rlimits(spec.resources.ulimits, facts),
    noNewPrivileges:
      spec.security.noNewPrivileges || (defaults.noNewPrivileges && !spec.security.privileged),
    oomScoreAdj: spec.resources.oomScoreAdj,
  };
  return {
    main: { ...common, terminal: spec.terminal, args, env },
    exec: {
      ...common,
      terminal: false,
      args: [],
      env: environment({ terminal: false }, resolved, plainEnv),
    },
  };
}

function commandLine(resolved: ResolvedConfig, initTarget: string | undefined): readonly string[] {
  const args = [...resolved.entrypoint, ...resolved.command];
  if (args.length === 0 || args[0] === '') throw invalid('no command specified');
  return initTarget === undefined ? args : [initTarget, '--', ...args];
}

/** Docker's order: what every container has, then the image's and the caller's, which may replace it. */
function environment(
  { terminal }: Pick<ContainerSpec, 'terminal'>,
  resolved: ResolvedConfig,
  plain: boolean,
): readonly string[] {
  const host = plain ? [] : [`HOSTNAME=${resolved.hostname}`];
  const base = [defaultPath, ...host, ...(terminal ? ['TERM=xterm'] : [])];
  const path = lookUpEnv(resolved.env, 'PATH');
  return mergeEnv(path === '' ? base.slice(1) : base, resolved.env);
}
