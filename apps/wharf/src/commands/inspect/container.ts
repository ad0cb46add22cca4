import type { Container } from '@wharf/core';
import { containerConfig } from './container-config.js';
import { hostConfig } from './host-config.js';
import { networkSettings } from './network-settings.js';
import { stateOf } from './state.js';
import { emptyToNull } from './values.js';

/** A container in the shape of docker's inspect: what `inspect` prints and its templates see. */
export function inspectContainer(container: Container): object {
  const { id, name, createdAt, resolved, state, restartCount, execIds } = container;
  const [path = '', ...args] = [...resolved.entrypoint, ...resolved.command];
  return {
    Id: id,
    Created: createdAt.toISOString(),
    Path: path,
    Args: args,
    State: stateOf(state),
    Image: resolved.imageId,
    ResolvConfPath: '',
    HostnamePath: '',
    HostsPath: '',
    LogPath: resolved.logPath,
    Name: `/${name}`,
    RestartCount: restartCount,
    Driver: 'overlayfs',
    Platform: resolved.platform.split('/')[0] ?? '',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: emptyToNull(execIds),
    HostConfig: hostConfig(container),
    GraphDriver: { Data: { ID: id, UpperDir: resolved.upperDir }, Name: 'overlayfs' },
    ...(container.sizeRw === undefined ? {} : { SizeRw: container.sizeRw }),
    ...(container.sizeRootFs === undefined ? {} : { SizeRootFs: container.sizeRootFs }),
    Mounts: mountsOf(container),
    Config: containerConfig(container),
    NetworkSettings: networkSettings(container),
    ImageManifestDescriptor: { digest: resolved.imageManifest },
  };
}

function mountsOf({ resolved }: Container): object[] {
  return resolved.mounts.map((mount) => ({
    Type: mount.kind,
    ...(mount.name === '' ? {} : { Name: mount.name }),
    Source: mount.source,
    Destination: mount.target,
    ...(mount.driver === '' ? {} : { Driver: mount.driver }),
    Mode: mount.mode,
    RW: mount.readWrite,
    Propagation: mount.propagation,
  }));
}
