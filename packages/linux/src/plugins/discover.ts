import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidArgumentError, printable } from '@wharf/core';

/** Where plugins say that they are, docs.docker.com/engine/extend/plugin_api. */
export interface PluginFolders {
  readonly sockets: string;
  readonly specs: readonly string[];
}

export const pluginFolders: PluginFolders = {
  sockets: '/run/docker/plugins',
  specs: ['/etc/docker/plugins', '/usr/lib/docker/plugins'],
};

export type PluginAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const grammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;
const longestSpec = 64 * 1024;

/** Where the plugin of that name listens: its socket, else what a spec says; undefined when there is none. */
export async function findPlugin(
  folders: PluginFolders,
  name: string,
): Promise<PluginAddress | undefined> {
  if (!grammar.test(name)) return undefined;
  for (const path of [`${name}.sock`, `${name}/${name}.sock`]) {
    const socket = join(folders.sockets, path);
    if ((await stat(socket).catch(() => undefined))?.isSocket() === true)
      return { kind: 'unix', path: socket };
  }
  for (const folder of folders.specs) {
    const spec = await readSpec(join(folder, `${name}.spec`));
    if (spec !== undefined) return parseAddress(name, spec.trim());
    const json = await readSpec(join(folder, `${name}.json`));
    if (json !== undefined) return parseAddress(name, addressOf(name, json));
  }
  return undefined;
}

async function readSpec(path: string): Promise<string | undefined> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return undefined;
  await using _ = file;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(longestSpec), 0, longestSpec, 0);
  return buffer.toString('utf8', 0, bytesRead);
}

function addressOf(name: string, text: string): string {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'Addr')) {
      const { Addr } = value as { Addr: unknown };
      if (typeof Addr === 'string') return Addr;
    }
  } catch {
    // Said below.
  }
  throw refused(name, text);
}

/** @throws InvalidArgumentError for anything but unix:// and tcp:// */
export function parseAddress(name: string, text: string): PluginAddress {
  if (text.startsWith('unix:///')) return { kind: 'unix', path: text.slice('unix://'.length) };
  const tcp = /^(?:tcp|http):\/\/(\[[0-9a-f:]+\]|[a-zA-Z0-9.-]+):(\d{1,5})\/?$/.exec(text);
  const port = Number(tcp?.[2]);
  if (tcp?.[1] === undefined || port < 1 || port > 65_535) throw refused(name, text);
  return { kind: 'tcp', host: tcp[1].replace(/^\[|\]$/g, ''), port };
}

function refused(name: string, text: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `the address of plugin ${name} is not understood: ${printable(text.slice(0, 100))}, write it as unix:///PATH or tcp://HOST:PORT`,
  );
}
