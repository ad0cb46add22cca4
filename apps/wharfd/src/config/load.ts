import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidArgumentError } from '@wharf/core';
import { parse } from 'smol-toml';
import type { z } from 'zod';
import type { Flags } from '../flags.js';
import { integer } from './integer.js';
import { networkSettings } from './network-flags.js';
import { serveAddress } from './serve.js';
import { configSchema, type Config } from './schema.js';

const defaultFile = '/etc/wharf/wharfd.toml';

/** The effective configuration: file and flags together, checked. A setting in both is refused, as dockerd does. */
export async function loadConfig(flags: Flags): Promise<Config> {
  const file = flags['config-file'] ?? defaultFile;
  const fromFile = await readConfigFile(file, flags['config-file'] !== undefined);
  const fromFlags = flagSettings(flags);
  const both = Object.keys(fromFlags).filter((key) => Object.hasOwn(fromFile, key));
  if (both.length > 0) {
    throw new InvalidArgumentError(
      `set both as a flag and in ${file}: ${both.join(', ')}; remove one of them`,
    );
  }
  return check({ ...fromFile, ...fromFlags }, file);
}

async function readConfigFile(file: string, required: boolean): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new InvalidArgumentError(`cannot read ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    return parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`${file} is not valid TOML: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function check(settings: Record<string, unknown>, file: string): Config {
  const parsed = configSchema.safeParse(settings);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => problem(issue)).join('; ');
    throw new InvalidArgumentError(`invalid configuration (${file} and flags): ${problems}`);
  }
  const config = parsed.data;
  refuseOpenTcp(config);
  refuseTwoHubs(config);
  if (config['serve-registry'] !== undefined) serveAddress(config['serve-registry']);
  return config;
}

function problem(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown key ${issue.keys.join(', ')}`;
  return `${issue.path.join('.')}: ${issue.message.toLowerCase()}`;
}

function refuseOpenTcp(config: Config): void {
  const tcp = config.hosts.find((host) => host.startsWith('tcp://'));
  if (tcp === undefined) return;
  for (const key of ['tlscacert', 'tlscert', 'tlskey'] as const) {
    if (config[key] === undefined) {
      throw new InvalidArgumentError(
        `${tcp} is refused without ${key}: Wharf listens on TCP only for callers with a verified certificate; give tlscacert, tlscert and tlskey`,
      );
    }
  }
}

/** docker.io has one place and one list of mirrors, whatever the key that says so. */
function refuseTwoHubs(config: Config): void {
  const usual = config['default-registry'];
  if (usual !== 'docker.io' && Object.hasOwn(config.rewrite, 'docker.io')) {
    throw new InvalidArgumentError(
      'default-registry and rewrite."docker.io" say where docker.io is: remove one of them',
    );
  }
  const mirrors = config.registries['docker.io']?.mirrors;
  if (config['registry-mirrors'].length > 0 && mirrors !== undefined) {
    throw new InvalidArgumentError(
      'registry-mirrors and registries."docker.io".mirrors are the same list: remove one of them',
    );
  }
  if (Object.keys(config.registries['*'] ?? {}).some((key) => key !== 'mirrors')) {
    throw new InvalidArgumentError('registries."*" takes mirrors only: name a host for the rest');
  }
}

function flagSettings(flags: Flags): Record<string, unknown> {
  const settings: Record<string, unknown> = {
    hosts: flags.host?.map(normaliseHost),
    'data-root': absolute(flags['data-root']),
    'exec-root': absolute(flags['exec-root']),
    group: flags.group,
    'log-level': flags.debug === true ? 'debug' : flags['log-level'],
    'log-format': flags['log-format'],
    'log-driver': flags['log-driver'],
    'log-opts': pairs('--log-opt', flags['log-opt']),
    runtimes: runtimes(flags['add-runtime']),
    'default-runtime': flags['default-runtime'],
    'insecure-registries': flags['insecure-registry'],
    'registry-mirrors': flags['registry-mirror'],
    'certs-dirs': flags['certs-dir'],
    'max-concurrent-downloads': integer(
      '--max-concurrent-downloads',
      flags['max-concurrent-downloads'],
    ),
    'serve-registry':
      flags['serve-registry'] === undefined ? undefined : { address: flags['serve-registry'] },
    'max-concurrent-uploads': integer('--max-concurrent-uploads', flags['max-concurrent-uploads']),
    'max-download-attempts': integer('--max-download-attempts', flags['max-download-attempts']),
    'default-registry': flags['default-registry'],
    proxies: proxies(flags),
    ...networkSettings(flags),
    'cgroup-parent': flags['cgroup-parent'],
    'default-pids-limit': integer('--default-pids-limit', flags['default-pids-limit']),
    'no-new-privileges': flags['no-new-privileges'],
    init: flags.init,
    'shutdown-timeout': integer('--shutdown-timeout', flags['shutdown-timeout']),
    tlscacert: absolute(flags.tlscacert),
    tlscert: absolute(flags.tlscert),
    tlskey: absolute(flags.tlskey),
    tlscrl: absolute(flags.tlscrl),
    'tls-min-version': flags['tls-min-version'],
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function proxies(flags: Flags): Record<string, string> | undefined {
  const names = ['http-proxy', 'https-proxy', 'no-proxy'] as const;
  const given = names.flatMap((name) => {
    const value = flags[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function normaliseHost(host: string): string {
  return host.startsWith('/') ? `unix://${host}` : host;
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

function pairs(
  name: string,
  entries: readonly string[] | undefined,
): Record<string, string> | undefined {
  if (entries === undefined) return undefined;
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) throw new InvalidArgumentError(`${name} must be KEY=VALUE, not "${entry}"`);
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}

function runtimes(
  entries: readonly string[] | undefined,
): Record<string, { path: string }> | undefined {
  const named = pairs('--add-runtime', entries);
  if (named === undefined) return undefined;
  return Object.fromEntries(Object.entries(named).map(([name, path]) => [name, { path }]));
}
