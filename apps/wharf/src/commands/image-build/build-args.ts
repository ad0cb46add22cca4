import { InvalidArgumentError } from '@wharf/core';
import type { CliContext } from '../../context.js';
import { readConfigText } from '../../credentials/config-file.js';
import { dockerDirectory } from '../../credentials/credentials.js';
import { splitPair } from '../spec/key-values.js';

/** Names of arguments, in capitals, by the keys of `proxies` in config.json. */
const proxyKeys: readonly (readonly [key: string, name: string])[] = [
  ['httpProxy', 'HTTP_PROXY'],
  ['httpsProxy', 'HTTPS_PROXY'],
  ['noProxy', 'NO_PROXY'],
  ['ftpProxy', 'FTP_PROXY'],
  ['allProxy', 'ALL_PROXY'],
];

/** Refuses a `=VALUE`. */
export function checkBuildArg(text: string): string | undefined {
  return splitPair(text)[0] === ''
    ? `invalid build argument: ${text}: use NAME or NAME=VALUE`
    : undefined;
}

/**
 * The arguments by name: those of the flags, where a bare NAME has the value of the environment and is left out without
 * one, and the proxies that config.json has and no flag sets.
 * @throws InvalidArgumentError
 */
export function buildArgs(
  flags: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  proxies: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const args = new Map(proxies);
  for (const text of flags) {
    const problem = checkBuildArg(text);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    const [name, value = env[name]] = splitPair(text);
    if (value === undefined) args.delete(name);
    else args.set(name, value);
  }
  return args;
}

/** The proxies that config.json wants builds to have, of this program's directory or of docker's. */
export async function configuredProxies(
  context: Pick<CliContext, 'io' | 'configDirectory'>,
): Promise<ReadonlyMap<string, string>> {
  for (const directory of [context.configDirectory, dockerDirectory(context.io)]) {
    const proxies = proxiesOf(await readConfigText(directory));
    if (proxies.size > 0) return proxies;
  }
  return new Map();
}

/** @param text of a config.json; undefined when there is none */
export function proxiesOf(text: string | undefined): ReadonlyMap<string, string> {
  const config = (text === undefined ? {} : JSON.parse(text)) as Record<string, unknown>;
  const values = member(member(config, 'proxies'), 'default');
  const found = new Map<string, string>();
  for (const [key, name] of proxyKeys) {
    const value = values[key];
    if (typeof value !== 'string' || value === '') continue;
    found.set(name, value);
    found.set(name.toLowerCase(), value);
  }
  return found;
}

function member(value: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : {};
}
