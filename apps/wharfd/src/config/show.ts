import type { Config } from './schema.js';

/** The configuration for people: without the passwords of proxies (dockerd masks them alike). */
export function shown(config: Config): Config {
  const proxies = Object.fromEntries(
    Object.entries(config.proxies).map(([key, value]) => [key, withoutPassword(value ?? '')]),
  );
  return { ...config, proxies };
}

function withoutPassword(value: string): string {
  const at = value.lastIndexOf('@');
  if (at < 0) return value;
  const scheme = value.indexOf('://');
  const start = scheme < 0 || scheme > at ? 0 : scheme + '://'.length;
  return `${value.slice(0, start)}xxxxx:xxxxx${value.slice(at)}`;
}
