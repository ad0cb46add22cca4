import { InvalidArgumentError } from '@wharf/core';
import { addressFamily, withoutBrackets } from './addresses.js';

/**
 * Reads `--add-host NAME:ADDRESS` or `NAME=ADDRESS`; `host-gateway` stands for the host.
 * @returns `NAME:ADDRESS`
 * @throws InvalidArgumentError in docker's words
 */
export function parseExtraHost(text: string): string {
  const equals = text.indexOf('=');
  const at = equals < 0 ? text.indexOf(':') : equals;
  if (at <= 0) {
    throw new InvalidArgumentError(`bad format for add-host: ${JSON.stringify(text)}`);
  }
  const name = text.slice(0, at);
  const address = withoutBrackets(text.slice(at + 1));
  if (/[\s\0#]/.test(name)) {
    throw new InvalidArgumentError(`bad format for add-host: ${JSON.stringify(text)}`);
  }
  if (address !== 'host-gateway' && addressFamily(address) === 0) {
    throw new InvalidArgumentError(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
  return `${name}:${address}`;
}

/**
 * Reads `--link CONTAINER[:ALIAS]`.
 * @returns `CONTAINER:ALIAS`
 * @throws InvalidArgumentError in docker's words
 */
export function parseLink(text: string): string {
  if (text === '') throw new InvalidArgumentError('empty string specified for links');
  const [container = '', alias = container, ...more] = text.split(':');
  if (more.length > 0 || container === '' || alias === '') {
    throw new InvalidArgumentError(`bad format for links: ${text}`);
  }
  // A container is named with a slash before it where links of old are shown.
  return `${container.replace(/^\//, '')}:${alias.replace(/^\/(?:.*\/)?/, '')}`;
}

const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const domain = new RegExp(`^${label}(?:\\.${label})*\\.?$`);

/** What is wrong with a domain of --dns-search; `.` is none. */
export function checkDomain(text: string): string | undefined {
  const trimmed = text.trim();
  const right = trimmed.length <= 255 && domain.test(trimmed) && /[a-zA-Z]/.test(trimmed);
  return trimmed === '.' || right ? undefined : `${text} is not a valid domain`;
}

/** A word of resolv.conf(5). */
export function checkDnsOption(text: string): string | undefined {
  return /^[!-~]+$/.test(text) ? undefined : `${JSON.stringify(text)} is not one word`;
}
