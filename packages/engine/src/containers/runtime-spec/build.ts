import type { RuntimeMount, RuntimeSpec } from '@wharf/oci';
import { effectiveCapabilities } from './capabilities.js';
import { buildDevices } from './devices.js';
import { buildInit } from './init.js';
import { toJson } from './json.js';
import { buildMasks } from './masks.js';
import { buildMounts } from './mounts.js';
import { buildNamespaces } from './namespaces.js';
import { buildProcess } from './process.js';
import { buildResources } from './resources.js';
import { buildSeccomp } from './seccomp.js';
import { buildSysctls } from './sysctls.js';
import type { BuildTaskConfig } from './task-config.js';

const ociVersion = '1.0.2';

/** The runtime configuration of a container: SECURITY.md's default posture, changed by what the caller asked for alone. */
export const buildTaskConfig: BuildTaskConfig = async (deps, input, { signal }) => {
  const { host, runtimes } = deps;
  const { facts } = host;
  const { spec, resolved, defaults } = input;
  const modes = { ...spec.namespaces, network: resolved.networkMode };
  const capabilities = effectiveCapabilities(spec.security, facts);
  const recursiveReadOnly = runtimes.supports(resolved.runtime, 'rro');
  const [seccomp, devices, mounted] = await Promise.all([
    buildSeccomp(deps, input, capabilities, { signal }),
    buildDevices(spec, host),
    buildMounts({ input, modes, recursiveReadOnly }, host),
  ]);
  const init = buildInit(input, mounted.foreignDev);
  const process = buildProcess(input, facts, capabilities, init.target);
  const mounts = [...mounted.mounts, ...init.mounts];
  const config: RuntimeSpec = {
    ociVersion,
    process: process.main,
    root: { path: input.rootfs, readonly: spec.readOnlyRootfs },
    ...(modes.uts === 'host' ? {} : { hostname: resolved.hostname }),
    mounts,
    linux: {
      namespaces: buildNamespaces(modes, input.joined, runtimes.supports(resolved.runtime, 'time')),
      devices: devices.devices,
      resources: buildResources(spec.resources, devices.rules, defaults.pidsLimit, facts),
      cgroupsPath: input.cgroupPath,
      ...rootPropagation(mounts),
      ...buildMasks(spec.security, facts),
      ...(seccomp.seccomp === undefined ? {} : { seccomp: seccomp.seccomp }),
      sysctl: buildSysctls(spec, modes),
    },
    annotations: { ...spec.annotations, ...seccomp.annotations },
  };
  return {
    config: toJson(config),
    execProcess: toJson(process.exec),
    ensure: [{ path: process.main.cwd, directory: true }, ...mounted.ensure, ...init.ensure].filter(
      ({ path }) => path !== '/',
    ),
  };
};

/** A bind can pass mounts on only if the root around it does (mount_namespaces(7)). */
function rootPropagation(mounts: readonly RuntimeMount[]): {
  readonly rootfsPropagation?: 'rshared' | 'rslave';
} {
  const options = new Set(mounts.flatMap((mount) => mount.options ?? []));
  if (options.has('shared') || options.has('rshared')) return { rootfsPropagation: 'rshared' };
  if (options.has('slave') || options.has('rslave')) return { rootfsPropagation: 'rslave' };
  return {};
}
