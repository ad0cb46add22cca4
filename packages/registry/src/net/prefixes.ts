import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { keyOf } from './host-key.js';

/** A place that names can be at: a host, and the first components of a path. */
export interface Place {
  /** As it is written. */
  readonly domain: string;
  /** Empty for the whole host. */
  readonly path: string;
}

const host = /^(\*\.)?([A-Za-z0-9_.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?$/;
const path = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** `host[:port][/path]`. @throws InvalidArgumentError with `what` in its text */
export function parsePlace(text: string, what: string): Place {
  const slash = text.indexOf('/');
  const domain = slash < 0 ? text : text.slice(0, slash);
  const rest = slash < 0 ? '' : text.slice(slash + 1);
  if (text.length <= 255 && host.test(domain) && (slash < 0 || path.test(rest))) {
    return { domain, path: rest };
  }
  throw new InvalidArgumentError(
    `invalid ${what} ${JSON.stringify(text.slice(0, 255))}: write it as host[:port][/path], without scheme`,
  );
}

/** Where names of one prefix are instead. Looked up once: what it leads to is not rewritten again. */
export class Rewrites {
  readonly #rules: readonly { readonly from: Place; readonly to: Place }[];

  /** @throws InvalidArgumentError for what is no place */
  constructor(rules: ReadonlyMap<string, string> = new Map()) {
    this.#rules = Array.from(rules, ([from, to]) => ({
      from: plain(from, 'prefix of a rewrite'),
      to: plain(to, 'target of a rewrite'),
    })).sort((a, b) => b.from.path.length - a.from.path.length);
  }

  apply(name: Place): Place {
    const rule = this.#rules.find(({ from }) => covers(from, name));
    if (rule === undefined) return name;
    const { from, to } = rule;
    const rest = from.path === '' ? name.path : name.path.slice(from.path.length + 1);
    return { domain: to.domain, path: [to.path, rest].filter((part) => part !== '').join('/') };
  }
}

/** What the operator does not want to be used. */
export class Blocked {
  readonly #places: readonly Place[];

  /** @throws InvalidArgumentError for what is no place */
  constructor(blocked: readonly string[] = []) {
    this.#places = blocked.map((text) => parsePlace(text, 'blocked registry'));
  }

  /** @throws FailedPreconditionError for a name below a blocked place */
  check(name: Place): void {
    const found = this.#places.find((place) => covers(place, name));
    if (found !== undefined) throw refusal(`${name.domain}/${name.path}`.replace(/\/$/, ''));
  }

  /** @throws FailedPreconditionError when the whole host is blocked, under any of these names */
  checkHost(...names: readonly string[]): void {
    for (const domain of names) {
      const found = this.#places.some((p) => p.path === '' && covers(p, { domain, path: '' }));
      if (found) throw refusal(domain);
    }
  }
}

function refusal(name: string): FailedPreconditionError {
  return new FailedPreconditionError(
    `${name} is blocked by the daemon's configuration: remove it from blocked-registries if it is meant`,
    { facts: { registry: name } },
  );
}

function plain(text: string, what: string): Place {
  const place = parsePlace(text, what);
  if (!place.domain.startsWith('*')) return place;
  throw new InvalidArgumentError(`invalid ${what} ${JSON.stringify(text)}: it names one host`);
}

function covers(place: Place, name: Place): boolean {
  if (!coversHost(keyOf(place.domain), keyOf(name.domain))) return false;
  return place.path === '' || place.path === name.path || name.path.startsWith(`${place.path}/`);
}

function coversHost(pattern: string, key: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === key;
  const hasPort = /:\d+$/.test(pattern);
  return (hasPort ? key : key.replace(/:\d+$/, '')).endsWith(pattern.slice(1));
}
