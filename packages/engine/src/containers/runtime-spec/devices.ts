import type { ContainerSpec, DeviceSpec } from '@wharf/core';
import type { RuntimeDevice, RuntimeDeviceRule } from '@wharf/oci';
import type { DeviceNode, HostPort } from '../ports.js';
import { invalid, quoted } from './names.js';
import { checkPathText, cleanPath } from './targets.js';

export interface BuiltDevices {
  readonly devices: readonly RuntimeDevice[];
  readonly rules: readonly RuntimeDeviceRule[];
}

const maxDevices = 256;

/** Nodes that every container has by the runtime itself or by its own mounts. */
const ownNodes = new Set(
  'null zero full random urandom tty console ptmx'.split(' ').map((name) => `/dev/${name}`),
);

/** Numbers of null, zero, full, random, urandom, tty, console, ptmx and the pseudo terminals (the kernel's devices.txt). */
const allowed: readonly RuntimeDeviceRule[] = [
  [1, 3],
  [1, 5],
  [1, 7],
  [1, 8],
  [1, 9],
  [5, 0],
  [5, 1],
  [5, 2],
  [136, undefined],
].map(([major, minor]) => ({
  allow: true,
  type: 'c' as const,
  access: 'rwm',
  ...(major === undefined ? {} : { major }),
  ...(minor === undefined ? {} : { minor }),
}));

/** Grammar of --device. Whether it is a device is seen at start. */
export function checkDevices(devices: readonly DeviceSpec[]): void {
  if (devices.length > maxDevices) throw invalid(`more than ${maxDevices} devices`, '--device');
  for (const { hostPath, containerPath, permissions } of devices) {
    for (const path of [hostPath, containerPath]) {
      checkPathText(path, 'device');
      if (path.startsWith('/') || (path === '' && path === containerPath)) continue;
      throw invalid(`${quoted(path)} is not an absolute path`, '--device');
    }
    if (!isPermissions(permissions)) {
      throw invalid(`invalid device mode: ${quoted(permissions)}`, '--device');
    }
    devicePlace(containerPath === '' ? hostPath : containerPath);
  }
}

function isPermissions(text: string): boolean {
  const letters = new Set(text);
  return letters.size === text.length && [...letters].every((letter) => 'rwm'.includes(letter));
}

function devicePlace(text: string): string {
  const path = cleanPath(text);
  if (path === '/' || path === '/dev' || path === '/proc' || path.startsWith('/proc/')) {
    throw invalid(`no device can be put at ${quoted(text)}`, '--device');
  }
  return path;
}

/** Everything is denied but the usual nodes and those asked for; with --privileged nothing is. */
export async function buildDevices(spec: ContainerSpec, host: HostPort): Promise<BuiltDevices> {
  if (spec.security.privileged) {
    const all = await host.listDevices('/dev');
    const devices = all
      .filter(({ path }) => !ownNodes.has(path))
      .map(({ path, node }) => runtimeDevice(path, node));
    return {
      devices: unique([...devices, ...(await asked(spec.devices, host)).devices]),
      rules: [{ allow: true, access: 'rwm' }],
    };
  }
  const own = await asked(spec.devices, host);
  return {
    devices: unique(own.devices),
    rules: [{ allow: false, access: 'rwm' }, ...allowed, ...own.rules],
  };
}

/** The last one at a path counts. */
function unique(devices: readonly RuntimeDevice[]): readonly RuntimeDevice[] {
  return [...new Map(devices.map((device) => [device.path, device])).values()];
}

async function asked(specs: readonly DeviceSpec[], host: HostPort): Promise<BuiltDevices> {
  const found: { device: RuntimeDevice; rule: RuntimeDeviceRule }[] = [];
  for (const spec of specs) {
    const place = devicePlace(spec.containerPath === '' ? spec.hostPath : spec.containerPath);
    const nodes = await nodesOf(cleanPath(spec.hostPath), place, host);
    for (const { path, node } of nodes) {
      const access = spec.permissions === '' ? 'rwm' : spec.permissions;
      const { type, major, minor } = node;
      found.push({
        device: runtimeDevice(path, node),
        rule: { allow: true, type, major, minor, access },
      });
    }
  }
  return { devices: found.map(({ device }) => device), rules: found.map(({ rule }) => rule) };
}

/** One node, or all of a directory of /dev with their names below `place`. */
async function nodesOf(
  hostPath: string,
  place: string,
  host: HostPort,
): Promise<readonly { readonly path: string; readonly node: DeviceNode }[]> {
  const inside = await host.listDevices(hostPath);
  if (inside.length === 0) return [{ path: place, node: await host.deviceNode(hostPath) }];
  return inside.map(({ path, node }) => ({ path: place + path.slice(hostPath.length), node }));
}

function runtimeDevice(path: string, node: DeviceNode): RuntimeDevice {
  const { type, major, minor, mode, uid, gid } = node;
  return { path, type, major, minor, fileMode: mode & 0o777, uid, gid };
}
