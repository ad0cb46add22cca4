import { formatPlatform, type Platform } from '@wharf/oci';
import type { PlanOptions } from './plan-types.js';

const proxies: readonly string[] = 'HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY ALL_PROXY'.split(' ');

/** Arguments that may be given without being declared: the environment of RUN has them, history and cache keys do not. */
export function isProxyArgument(name: string): boolean {
  return proxies.includes(name.toUpperCase()) && (isUpper(name) || isLower(name));
}

/** The proxies of a build for a process, in both spellings. */
export function proxyEnv(buildArgs: ReadonlyMap<string, string>): readonly string[] {
  const given = [...buildArgs].filter(([name]) => isProxyArgument(name));
  const env = new Map(
    given.flatMap(([name, value]) => [
      [name.toUpperCase(), value],
      [name.toLowerCase(), value],
    ]),
  );
  return Object.freeze([...env].sort().map(([name, value]) => `${name}=${value}`));
}

/** The arguments that every Dockerfile has before its first FROM; a build argument of the same name wins. */
export function platformArguments(options: PlanOptions): Map<string, string> {
  const { buildPlatform, targetPlatform = buildPlatform } = options;
  const args = new Map([
    ...describe('BUILD', buildPlatform),
    ...describe('TARGET', targetPlatform),
    ['TARGETSTAGE', options.target ?? 'default'] as const,
  ]);
  for (const name of args.keys()) {
    const given = options.buildArgs?.get(name);
    if (given !== undefined) args.set(name, given);
  }
  return args;
}

function describe(prefix: string, platform: Platform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform.osVersion ?? ''],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant],
  ];
}

function isUpper(name: string): boolean {
  return name === name.toUpperCase();
}

function isLower(name: string): boolean {
  return name === name.toLowerCase();
}
