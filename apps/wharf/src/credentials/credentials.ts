import { join } from 'node:path';
import {
  toWharfError,
  type CallOptions,
  type RegistryCredentials,
  type TransferCredentials,
} from '@wharf/core';
import type { CliContext } from '../context.js';
import { readEntry, writeEntry, type AuthEntry } from './auth-entry.js';
import { changeAuths } from './change-auths.js';
import { readConfigText } from './config-file.js';
import { credentialHelper, type CredentialHelper, type HelperOptions } from './helper.js';
import { domainOf, isServerOf, serverOf } from './server.js';

/** The user's credentials for registries, in config.json and in credential helpers. Domains are those of references. */
export interface CredentialStore {
  /** Of the first directory that has some for exactly this domain; undefined: the access is anonymous. */
  find(domain: string, options: CallOptions): Promise<RegistryCredentials | undefined>;
  /** Those that are there for several domains. */
  findAll(domains: readonly string[], options: CallOptions): Promise<TransferCredentials>;
  /** Those that lie in the files themselves, for all their domains; no helper is asked. */
  written(): Promise<TransferCredentials>;
  /** Keeps them in the first directory. @returns the path of the file when they lie there unencrypted */
  keep(
    domain: string,
    credentials: RegistryCredentials,
    options: CallOptions,
  ): Promise<string | undefined>;
  /** Removes what the first directory has. @returns whether there was anything */
  forget(domain: string, options: CallOptions): Promise<boolean>;
  /** The registries that any directory knows, as they are written there. */
  servers(): Promise<readonly string[]>;
}

export interface CredentialStoreOptions extends HelperOptions {
  /** Told when a helper fails: the access goes on without credentials, which is enough for most images. */
  readonly warn: (text: string) => void;
}

interface ConfigFile {
  readonly auths: ReadonlyMap<string, AuthEntry>;
  helperOf(domain: string): CredentialHelper | undefined;
}

const identityUser = '<token>';

/** The store of this user: Wharf's directory first, then Docker's (DOCKER_CONFIG or `~/.docker`), which is only read. */
export function userCredentials(context: Pick<CliContext, 'io' | 'configDirectory'>) {
  const { io, configDirectory } = context;
  const docker = dockerDirectory(io);
  const warn = (text: string): void => io.stderr.write(`WARNING: ${text}\n`);
  return credentialStore([configDirectory, docker], { env: io.env, warn });
}

/** Where docker's client keeps its config.json. */
export function dockerDirectory({ env, home }: Pick<CliContext['io'], 'env' | 'home'>): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker');
}

/** The directories are looked at in their order; what is to be kept goes to the first. */
export function credentialStore(
  directories: readonly [string, ...string[]],
  helperOptions: CredentialStoreOptions,
): CredentialStore {
  const [own] = directories;
  const find: CredentialStore['find'] = async (domain, options) => {
    for (const directory of directories) {
      const file = await readFile(directory, helperOptions);
      const found = await findIn(file, domain, options).catch((thrown: unknown) => {
        options.signal.throwIfAborted();
        helperOptions.warn(`${toWharfError(thrown).message}; going on without credentials`);
        return undefined;
      });
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    find,
    async findAll(domains, options) {
      const found = new Map<string, RegistryCredentials>();
      for (const domain of new Set(domains)) {
        const credentials = await find(domain, options);
        if (credentials !== undefined) found.set(domain, credentials);
      }
      return found;
    },
    async written() {
      const files = await Promise.all(directories.map((one) => readFile(one, helperOptions)));
      const found = new Map<string, RegistryCredentials>();
      for (const { auths, helperOf } of files) {
        for (const [server, entry] of auths) {
          const domain = domainOf(server);
          // Entries of another use lie under further paths of Docker Hub's host.
          const plain = isServerOf(server, domain) && helperOf(domain) === undefined;
          const credentials = plain ? readEntry(entry) : undefined;
          if (credentials !== undefined && !found.has(domain)) found.set(domain, credentials);
        }
      }
      return found;
    },
    async keep(domain, credentials, options) {
      const server = serverOf(domain);
      const helper = (await readFile(own, helperOptions)).helperOf(domain);
      if (helper === undefined) {
        await changeAuths(own, new Map([[server, writeEntry(credentials)]]));
        return join(own, 'config.json');
      }
      const { username, password, identityToken } = credentials;
      const kept =
        identityToken === ''
          ? { username, secret: password }
          : { username: identityUser, secret: identityToken };
      await helper.store(server, kept, options);
      await changeAuths(own, new Map([[server, {}]]));
      return undefined;
    },
    async forget(domain, options) {
      const file = await readFile(own, helperOptions);
      const written = [...file.auths.keys()].filter((server) => isServerOf(server, domain));
      const helper = file.helperOf(domain);
      const kept = await helper?.get(serverOf(domain), options);
      if (kept !== undefined) await helper?.erase(serverOf(domain), options);
      if (written.length > 0)
        await changeAuths(own, new Map(written.map((name) => [name, undefined])));
      return written.length > 0 || kept !== undefined;
    },
    async servers() {
      const files = await Promise.all(directories.map((one) => readFile(one, helperOptions)));
      return [...new Set(files.flatMap(({ auths }) => [...auths.keys()].map(domainOf)))].sort();
    },
  };
}

async function findIn(
  { auths, helperOf }: ConfigFile,
  domain: string,
  options: CallOptions,
): Promise<RegistryCredentials | undefined> {
  const helper = helperOf(domain);
  if (helper !== undefined) return askHelper(helper, serverOf(domain), options);
  const exact = auths.get(serverOf(domain));
  const other = [...auths].find(([server]) => isServerOf(server, domain))?.[1];
  const entry = exact ?? other;
  return entry === undefined ? undefined : readEntry(entry);
}

async function askHelper(
  helper: CredentialHelper,
  server: string,
  options: CallOptions,
): Promise<RegistryCredentials | undefined> {
  const kept = await helper.get(server, options);
  if (kept === undefined) return undefined;
  const { username, secret } = kept;
  const none = { username: '', password: '', identityToken: '', registryToken: '' };
  return username === identityUser
    ? { ...none, identityToken: secret }
    : { ...none, username, password: secret };
}

async function readFile(directory: string, options: HelperOptions): Promise<ConfigFile> {
  const text = await readConfigText(directory);
  const value = (text === undefined ? {} : JSON.parse(text)) as Record<string, unknown>;
  const helpers = mapOf<string>(value['credHelpers'], 'string');
  const general = value['credsStore'];
  return {
    auths: mapOf<AuthEntry>(value['auths'], 'object'),
    helperOf(domain) {
      const name = helpers.get(serverOf(domain)) ?? general;
      return typeof name === 'string' && name !== '' ? credentialHelper(name, options) : undefined;
    },
  };
}

/** Own members of what may be an object, those alone that are of that type; nothing of a prototype. */
function mapOf<T>(value: unknown, type: 'string' | 'object'): ReadonlyMap<string, T> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  const members = Object.entries(value as Record<string, unknown>);
  return new Map(members.filter(([, one]) => typeof one === type && one !== null) as [string, T][]);
}
