import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
} from '@wharf/core';
import { hostText, parseHost } from '../host.js';
import {
  checkContextName,
  contextFromJson,
  contextToJson,
  defaultContext,
  defaultHost,
} from './context.js';
import type { Context, ContextSettings, TlsMaterial } from './context.js';
import { parseObject, readJson, readText, writePrivate } from './files.js';

const tlsParts = ['ca', 'cert', 'key'] as const;
const maxImport = 1024 * 1024;
const suffix = '.json';

/**
 * The contexts of one user: `contexts/<name>.json`, keys and certificates in `contexts/<name>.tls` (0600), and the
 * current one in `config.json`, whose other settings are kept. `default` always exists and cannot be changed.
 */
export interface ContextStore {
  /** By name, `default` first. */
  list(): readonly Context[];
  get(name: string): Context;
  /** The name of the current one. */
  current(): string;
  use(name: string): void;
  create(name: string, settings: ContextSettings): Context;
  update(name: string, settings: ContextSettings): Context;
  /** The current one only with `force`; `default` is current then. */
  remove(name: string, options?: { readonly force?: boolean }): void;
  /** One document with everything, keys included: a secret. */
  export(name: string): string;
  import(name: string, document: string): Context;
}

/** `directory` is what `configDirectory` says. Nothing is read before it is asked for. */
export function openContextStore(directory: string): ContextStore {
  const folder = join(directory, 'contexts');
  const recordPath = (name: string): string => join(folder, `${name}${suffix}`);
  const tlsFolder = (name: string): string => join(folder, `${name}.tls`);
  const configPath = join(directory, 'config.json');

  const find = (name: string): Context | undefined => {
    if (name === defaultContext) return builtIn;
    const where = recordPath(checkContextName(name));
    const record = readJson(where);
    return record && contextFromJson(record, { name, tls: readTls(tlsFolder(name)), where });
  };
  const get = (name: string): Context => {
    const context = find(name);
    if (context === undefined) throw new NotFoundError('context', name);
    return context;
  };
  const save = (context: Context): Context => {
    rmSync(tlsFolder(context.name), { recursive: true, force: true });
    for (const part of tlsParts) {
      const pem = context.tls[part];
      if (pem !== undefined) writePrivate(join(tlsFolder(context.name), `${part}.pem`), pem);
    }
    writePrivate(recordPath(context.name), contextToJson(context));
    return context;
  };
  const current = (): string => {
    const name = readJson(configPath)?.['currentContext'];
    return typeof name === 'string' && name !== '' ? name : defaultContext;
  };
  const setCurrent = (name: string): void => {
    const { currentContext: _, ...others } = readJson(configPath) ?? {};
    const chosen = name === defaultContext ? {} : { currentContext: name };
    writePrivate(configPath, `${JSON.stringify({ ...others, ...chosen }, undefined, 2)}\n`);
  };
  const create = (name: string, settings: ContextSettings): Context => {
    if (find(checkContextName(name)) !== undefined) {
      throw new AlreadyExistsError(`context "${name}" already exists`, { facts: { name } });
    }
    if (settings.host === undefined) {
      throw new InvalidArgumentError('a context needs a host: unix:///path or tcp://name:port');
    }
    const blank: Context = { name, description: '', host: settings.host, verify: true, tls: {} };
    return save(changed(blank, settings));
  };

  return {
    get,
    current,
    create,
    list() {
      const names = recordNames(folder).filter((name) => name !== defaultContext);
      return [builtIn, ...names.sort().map(get)];
    },
    use(name) {
      get(name);
      setCurrent(name);
    },
    update: (name, settings) => save(changed(get(checkContextName(name)), settings)),
    remove(name, { force = false } = {}) {
      get(checkContextName(name));
      if (current() === name) {
        if (!force) {
          throw new FailedPreconditionError(
            `context "${name}" is in use: use another one first, or remove it with --force`,
          );
        }
        setCurrent(defaultContext);
      }
      rmSync(recordPath(name), { force: true });
      rmSync(tlsFolder(name), { recursive: true, force: true });
    },
    export: (name) => `${JSON.stringify(get(name), undefined, 2)}\n`,
    import(name, document) {
      if (document.length > maxImport) {
        throw new InvalidArgumentError('the document is too large for a context');
      }
      const record = parseObject(document, 'the document');
      const tls = importedTls(record['tls']);
      return create(name, contextFromJson(record, { name, tls, where: 'the document' }));
    },
  };
}

const builtIn: Context = {
  name: defaultContext,
  description: 'The daemon of this machine',
  host: defaultHost,
  verify: true,
  tls: {},
};

function changed(context: Context, settings: ContextSettings): Context {
  const { description, host, serverName, verify, tls } = settings;
  return {
    name: context.name,
    description: description ?? context.description,
    host: host === undefined ? context.host : hostText(parseHost(host)),
    ...((serverName ?? context.serverName) === undefined
      ? {}
      : { serverName: serverName ?? context.serverName ?? '' }),
    verify: verify ?? context.verify,
    tls: { ...context.tls, ...tls },
  };
}

function recordNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith(suffix))
      .map((file) => file.slice(0, -suffix.length));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new FailedPreconditionError(`cannot read ${folder}`, { cause });
  }
}

function readTls(folder: string): TlsMaterial {
  return Object.fromEntries(
    tlsParts
      .map((part) => [part, readText(join(folder, `${part}.pem`))] as const)
      .filter(([, pem]) => pem !== undefined),
  );
}

function importedTls(value: unknown): TlsMaterial {
  if (typeof value !== 'object' || value === null) return {};
  const parts = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    tlsParts
      .map((part) => [part, parts[part]] as const)
      .filter(([, pem]) => typeof pem === 'string'),
  );
}
