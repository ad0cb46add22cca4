import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
} from '@wharf/core';
import { sha256 } from '../sha256.js';
import {
  changedContext,
  checkContextName,
  tlsNames,
  type Context,
  type ContextSettings,
  type TlsMaterial,
  type TlsName,
} from './context.js';
import { defaultContext, defaultHost } from './default.js';
import { readConfig, readCurrent, readText } from './files.js';
import { endpointName, metaText, parseMeta } from './meta.js';
import { removeFolder, writePrivate } from './write.js';

/**
 * The contexts of one user, in docker's form: `contexts/meta/<hash of the name>/meta.json`, certificates and keys in
 * `contexts/tls/<hash>/wharf/*.pem` (0600 in 0700), and the current one in `config.json`, whose other settings are
 * kept. `default` always exists and cannot be changed: invalid-argument.
 */
export interface ContextStore {
  /** By name, `default` first. */
  list(): Promise<readonly Context[]>;
  get(name: string): Promise<Context>;
  /** The name of the current one. */
  current(): Promise<string>;
  use(name: string): Promise<void>;
  create(name: string, settings: ContextSettings): Promise<Context>;
  update(name: string, settings: ContextSettings): Promise<Context>;
  /** The current one only with `force`, else failed-precondition; `default` is current then. */
  remove(name: string, options?: { readonly force?: boolean }): Promise<void>;
  /** A tar archive with everything, keys included: a secret. */
  export(name: string): Promise<Buffer>;
  /** Creates a context from what `export` has made. */
  import(name: string, archive: Buffer): Promise<Context>;
}

/** `directory` is what `configDirectory` says. Nothing is read before it is asked for. */
export function openContextStore(directory: string): ContextStore {
  const metaRoot = join(directory, 'contexts', 'meta');
  const tlsRoot = join(directory, 'contexts', 'tls');

  const find = async (folder: string): Promise<Context | undefined> => {
    const path = join(metaRoot, folder, 'meta.json');
    const text = await readText(path);
    if (text === undefined) return undefined;
    return { ...parseMeta(text, path), tls: await readTls(join(tlsRoot, folder, endpointName)) };
  };
  const get = async (name: string): Promise<Context> => {
    if (name === defaultContext) return builtIn;
    const context = await find(folderOf(checkContextName(name)));
    if (context === undefined) throw new NotFoundError('context', name);
    return context;
  };
  // What has a description is whole: it comes last.
  const save = async (context: Context): Promise<Context> => {
    const folder = folderOf(context.name);
    await removeFolder(join(tlsRoot, folder));
    for (const [part, pem] of Object.entries(context.tls)) {
      await writePrivate(join(tlsRoot, folder, endpointName, `${part}.pem`), pem);
    }
    await writePrivate(join(metaRoot, folder, 'meta.json'), metaText(context));
    return context;
  };
  const setCurrent = async (name: string): Promise<void> => {
    const { currentContext: _, ...others } = await readConfig(directory);
    const config = name === defaultContext ? others : { ...others, currentContext: name };
    await writePrivate(join(directory, 'config.json'), `${JSON.stringify(config, null, '\t')}\n`);
  };
  const create = async (name: string, settings: ContextSettings): Promise<Context> => {
    if ((await find(folderOf(checkContextName(name)))) !== undefined) {
      throw new AlreadyExistsError(`context "${name}" already exists`, { facts: { name } });
    }
    if (settings.host === undefined) {
      throw new InvalidArgumentError('the endpoint has no host: add host=…');
    }
    const blank: Context = { name, description: '', host: settings.host, verify: true, tls: {} };
    return save(changedContext(blank, settings));
  };

  return {
    get,
    create,
    current: () => readCurrent(directory),
    async list() {
      const found = await Promise.all((await foldersIn(metaRoot)).map(find));
      const stored = found.filter((context) => context !== undefined);
      return [builtIn, ...stored.sort((left, right) => (left.name < right.name ? -1 : 1))];
    },
    async use(name) {
      await get(name);
      await setCurrent(name);
    },
    update: async (name, settings) =>
      save(changedContext(await get(checkContextName(name)), settings)),
    async remove(name, { force = false } = {}) {
      const folder = folderOf(checkContextName(name));
      await get(name);
      if ((await readCurrent(directory)) === name) {
        if (!force) {
          throw new FailedPreconditionError(
            `context "${name}" is in use, use another one first or force the removal with -f`,
          );
        }
        await setCurrent(defaultContext);
      }
      await removeFolder(join(metaRoot, folder));
      await removeFolder(join(tlsRoot, folder));
    },
    async export(name) {
      const { packContext } = await import('./archive.js');
      return packContext(await get(name));
    },
    async import(name, archive) {
      const { unpackContext } = await import('./archive.js');
      const { name: _, ...settings } = unpackContext(archive, name);
      return create(name, settings);
    },
  };
}

const builtIn: Context = {
  name: defaultContext,
  description: '',
  host: defaultHost,
  verify: true,
  tls: {},
};

/** As docker's: any name is a safe name of a folder so. */
function folderOf(name: string): string {
  return sha256(name);
}

async function foldersIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new FailedPreconditionError(`cannot read ${root}: ${code}`, { cause });
  }
}

async function readTls(folder: string): Promise<TlsMaterial> {
  const tls: Partial<Record<TlsName, string>> = {};
  for (const part of tlsNames) {
    const pem = await readText(join(folder, `${part}.pem`));
    if (pem !== undefined) tls[part] = pem;
  }
  return tls;
}
