import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AlreadyExistsError, InvalidArgumentError, NotFoundError } from '@wharf/core';
import {
  defaultContext,
  endpointName,
  tlsNames,
  type StoredContext,
  type TlsFiles,
} from './context.js';
import { metaText, parseMeta } from './meta.js';

/** The contexts of a user: folders under `~/.wharf/contexts`, named by the hash of the context's name as docker's are. */
export class ContextStore {
  readonly #meta: string;
  readonly #tls: string;

  constructor(configDirectory: string) {
    this.#meta = join(configDirectory, 'contexts', 'meta');
    this.#tls = join(configDirectory, 'contexts', 'tls');
  }

  async find(name: string): Promise<StoredContext | undefined> {
    const path = join(this.#meta, folderOf(name), 'meta.json');
    const text = await readOptional(path);
    if (text === undefined) return undefined;
    return { ...parseMeta(text, path), tls: await this.#readTls(name) };
  }

  async get(name: string): Promise<StoredContext> {
    const found = await this.find(checkName(name));
    if (found === undefined) throw new NotFoundError('context', name);
    return found;
  }

  /** By name. */
  async list(): Promise<StoredContext[]> {
    const folders = await readdir(this.#meta).catch(ifMissing([] as string[]));
    const contexts = await Promise.all(
      folders.map(async (folder) => {
        const path = join(this.#meta, folder, 'meta.json');
        const text = await readOptional(path);
        if (text === undefined) return [];
        const meta = parseMeta(text, path);
        return [{ ...meta, tls: await this.#readTls(meta.name) }];
      }),
    );
    return contexts.flat().sort((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** @throws already-exists */
  async create(context: StoredContext): Promise<void> {
    if ((await this.find(checkName(context.name))) !== undefined) {
      throw new AlreadyExistsError(`context "${context.name}" already exists`);
    }
    await this.write(context);
  }

  /** Keys are for their owner alone. The description comes last, so that what has one is whole. */
  async write(context: StoredContext): Promise<void> {
    const folder = folderOf(checkName(context.name));
    const tls = join(this.#tls, folder);
    await rm(tls, { recursive: true, force: true });
    for (const name of tlsNames) {
      const text = context.tls[name];
      if (text !== undefined) await writeWhole(join(tls, endpointName), `${name}.pem`, text);
    }
    await writeWhole(join(this.#meta, folder), 'meta.json', metaText(context));
  }

  async remove(name: string): Promise<void> {
    await this.get(name);
    const folder = folderOf(name);
    await rm(join(this.#meta, folder), { recursive: true, force: true });
    await rm(join(this.#tls, folder), { recursive: true, force: true });
  }

  async #readTls(name: string): Promise<TlsFiles> {
    const folder = join(this.#tls, folderOf(name), endpointName);
    const files: Partial<Record<(typeof tlsNames)[number], string>> = {};
    for (const part of tlsNames) {
      const text = await readOptional(join(folder, `${part}.pem`));
      if (text !== undefined) files[part] = text;
    }
    return files;
  }
}

function folderOf(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

function checkName(name: string): string {
  if (name === defaultContext) {
    throw new InvalidArgumentError(`"${defaultContext}" is a reserved context name`);
  }
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,127}$/.test(name)) return name;
  throw new InvalidArgumentError(
    `context name ${JSON.stringify(name)} is invalid, names begin with a letter or digit and have only [a-zA-Z0-9_.+-]`,
  );
}

/** Writes beside and renames: a reader sees the old file or the new one. */
export async function writeWhole(folder: string, file: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${file}.${process.pid}`);
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, join(folder, file));
}

function readOptional(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ifMissing(undefined));
}

function ifMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };
}
