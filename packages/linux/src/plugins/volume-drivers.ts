import { DataLossError, FailedPreconditionError, type CallOptions } from '@wharf/core';
import type { PluginVolume, VolumeDriver, VolumeDrivers } from '@wharf/engine/ports';
import { callPlugin, type Answer } from './call.js';
import { findPlugin, type PluginAddress, type PluginFolders } from './discover.js';

/**
 * Drivers of volumes by docker's plugin protocol (docs.docker.com/engine/extend/plugins_volume). A plugin is asked
 * what it is each time that it is looked for: it may have been replaced.
 */
export function createVolumeDrivers(folders: PluginFolders): VolumeDrivers {
  return {
    async find(name, options) {
      const address = await findPlugin(folders, name);
      if (address === undefined) return undefined;
      const ask = asker(name, address);
      const { Implements: abilities } = await ask('Plugin.Activate', {}, options);
      if (!Array.isArray(abilities) || !abilities.includes('VolumeDriver'))
        throw new FailedPreconditionError(`plugin ${name} is no volume driver`);
      return driver(name, ask);
    },
  };
}

type Ask = (method: string, body: object, options: CallOptions) => Promise<Answer>;

function asker(name: string, address: PluginAddress): Ask {
  return (method, body, options) => callPlugin({ name, address, method, body }, options);
}

function driver(plugin: string, ask: Ask): VolumeDriver {
  const call = (verb: string, body: object, options: CallOptions): Promise<Answer> =>
    ask(`VolumeDriver.${verb}`, body, options);
  return {
    async scope(options) {
      // Plugins of the first protocol do not know the question.
      const answer = await call('Capabilities', {}, options).catch((): Answer => ({}));
      const abilities = objectOf(answer['Capabilities']);
      return abilities['Scope'] === 'global' ? 'global' : 'local';
    },
    async create(name, driverOptions, options) {
      await call('Create', { Name: name, Opts: driverOptions }, options);
    },
    async remove(name, options) {
      await call('Remove', { Name: name }, options);
    },
    async mount(name, id, options) {
      const answer = await call('Mount', { Name: name, ID: id }, options);
      return mountpointOf(plugin, answer['Mountpoint']);
    },
    async unmount(name, id, options) {
      await call('Unmount', { Name: name, ID: id }, options);
    },
    async get(name, options): Promise<PluginVolume> {
      const volume = objectOf((await call('Get', { Name: name }, options))['Volume']);
      const { Mountpoint: mountpoint } = volume;
      return {
        mountpoint: typeof mountpoint === 'string' ? mountpoint.slice(0, longest) : '',
        status: statusOf(volume['Status']),
      };
    },
  };
}

const longest = 4096;
const mostStatus = 100;

function objectOf(value: unknown): Answer {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Answer)
    : {};
}

/** It is bound into containers: an absolute path, and nothing else. */
function mountpointOf(plugin: string, value: unknown): string {
  const good = typeof value === 'string' && value.startsWith('/') && !value.includes('\0');
  if (good && value.length > 1 && value.length <= longest) return value;
  throw new DataLossError(`plugin ${plugin} mounts a volume without saying where`);
}

function statusOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(value)).slice(0, mostStatus);
  return Object.fromEntries(
    entries.map(([key, each]) => [
      key.slice(0, 200),
      (typeof each === 'string' ? each : JSON.stringify(each)).slice(0, longest),
    ]),
  );
}
