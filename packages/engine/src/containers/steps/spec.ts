import {
  defaultContainerSpec,
  InvalidArgumentError,
  noNetworking,
  printable,
  type BuildResources,
  type ContainerSpec,
  type ResolvedConfig,
} from '@wharf/core';
import { parseDevice } from '@wharf/oci';
import type { StepRequest } from '../../builds/step-runner.js';
import { checkSpec } from '../runtime-spec/check.js';
import type { StepContext } from './context.js';

export type StepShape = Omit<StepRequest, 'onOutput'>;

export interface StepSpec {
  readonly spec: ContainerSpec;
  /** `networkMode` as asked for; the networks may know a better name. */
  readonly resolved: ResolvedConfig;
}

/** The container that `run` would make for a step: what a step cannot say has the default of `run`. */
export function stepSpec(context: StepContext, request: StepShape, terminal: boolean): StepSpec {
  const { args, env, workdir, user, hostname } = request;
  const network = networkMode(request.network, context.defaults.networkMode);
  const base = defaultContainerSpec('');
  const spec: ContainerSpec = {
    ...base,
    env,
    hostname,
    terminal,
    openStdin: terminal,
    namespaces: { ...base.namespaces, network },
    security: { ...base.security, privileged: request.insecure },
    devices: request.devices.map(parseDevice),
    resources: { ...base.resources, ...limits(request.resources) },
    networking: networking(request.resources),
  };
  checkSpec(spec, context.host.facts);
  const resolved: ResolvedConfig = {
    imageId: '',
    imageManifest: '',
    platform: '',
    entrypoint: [],
    command: args,
    env,
    workdir,
    user,
    hostname,
    stopSignal: 'SIGKILL',
    labels: {},
    runtime: context.runtimes.resolve('').name,
    logPath: '',
    upperDir: request.place.upper,
    mounts: [],
    networkMode: network,
  };
  return { spec, resolved };
}

/** A step may join no container: what runs beside a build is none of its inputs. */
function networkMode(asked: string, fallback: string): string {
  if (asked === '' || asked === 'default') return fallback;
  if (!asked.startsWith('container:')) return asked;
  throw new InvalidArgumentError(
    `network ${printable(asked)} is not for builds: give default, none, host or the name of a network`,
    { facts: { flag: '--network' } },
  );
}

function limits(resources: BuildResources) {
  const { memory, memorySwap, nanoCpus, cpuShares, cpusetCpus, shmSize, ulimits } = resources;
  return { memory, memorySwap, nanoCpus, cpuShares, cpusetCpus, shmSize, ulimits };
}

function networking({ dns, extraHosts }: BuildResources): ContainerSpec['networking'] {
  return { ...noNetworking, extraHosts, dns: { ...noNetworking.dns, servers: dns } };
}

const longestParent = 1024;

/** Path inside the hierarchies. @throws invalid-argument for a parent that leads elsewhere */
export function stepCgroup(
  { defaults }: StepContext,
  { id, resources }: Pick<StepShape, 'id' | 'resources'>,
): string {
  const { cgroupParent: asked } = resources;
  if (asked === '') return `${defaults.cgroupParent}/${id}`;
  const parts = asked.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..') || !isPlain(asked)) {
    throw new InvalidArgumentError(
      `invalid cgroup parent ${printable(asked)}: give the path of a control group`,
      { facts: { flag: '--cgroup-parent' } },
    );
  }
  return `/${parts.join('/')}/${id}`;
}

function isPlain(text: string): boolean {
  return text.length <= longestParent && /^[\w.:@/-]+$/.test(text);
}
