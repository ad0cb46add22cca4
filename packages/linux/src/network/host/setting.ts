import { getSystemErrorName } from 'node:util';
import { InvalidArgumentError, WharfError } from '@wharf/core';

/** ENOENT: this kernel has no such key. */
export const missingSetting = 2;

/**
 * The path below /proc/sys of a key of the network, with dots or slashes as sysctl(8) takes them: with slashes a dot is part
 * of a name (net/ipv4/conf/eth0.10/arp_notify). invalid-argument for keys outside of net.
 */
export function settingPath(key: string): string {
  const parts = key.includes('/') ? key.split('/') : key.split('.');
  const good = parts.length > 1 && parts[0] === 'net' && parts.every(isName);
  if (!good) {
    throw new InvalidArgumentError(`${JSON.stringify(key)} is no key of the network's sysctls`);
  }
  return parts.join('/');
}

function isName(part: string): boolean {
  return /^[\w@.:-]{1,64}$/.test(part) && part !== '.' && part !== '..';
}

/** `facts.errno` has the kernel's name of the error. */
export function settingRefused(path: string, errno: number): WharfError {
  const name = getSystemErrorName(-errno);
  const text = `the kernel refused sysctl ${path.replaceAll('/', '.')}: ${name}`;
  return new WharfError(errno === missingSetting ? 'unimplemented' : 'failed-precondition', text, {
    facts: { errno: name, key: path },
  });
}
