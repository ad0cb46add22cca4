import type { Event, Filters } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';

const nouns = ['container', 'image', 'daemon', 'network', 'volume', 'builder'];
const known = new Set([...nouns, 'type', 'event', 'label']);

/** A predicate for `--filter`; an unknown key is invalid-argument. */
export function eventFilter(filters: Filters | undefined): (event: Event) => boolean {
  if (filters === undefined || filters.size === 0) return () => true;
  for (const key of filters.keys()) {
    if (!known.has(key)) throw new InvalidArgumentError(`invalid filter '${key}'`);
  }
  const tests = [...filters].map(([key, values]) => oneTest(key, values));
  return (event) => tests.every((test) => test(event));
}

function oneTest(key: string, values: readonly string[]): (event: Event) => boolean {
  if (key === 'type') return (event) => values.includes(event.type);
  if (key === 'event') {
    return (event) => values.some((v) => event.action === v || event.action.startsWith(`${v}:`));
  }
  if (key === 'label') return (event) => values.some((value) => hasLabel(event, value));
  if (key === 'container') return (event) => values.some((value) => isAboutContainer(event, value));
  if (key === 'image') return (event) => values.some((value) => isAboutImage(event, value));
  return (event) => event.type === key && values.some((value) => namesActor(event, value));
}

/** An event of the image, or of a container made from it; with or without the tag. */
function isAboutImage(event: Event, value: string): boolean {
  if (event.type === 'image' && namesActor(event, value)) return true;
  if (event.type !== 'image' && event.type !== 'container') return false;
  const name = event.attributes[event.type === 'image' ? 'name' : 'image'] ?? '';
  const colon = name.lastIndexOf(':');
  return name === value || (colon > name.lastIndexOf('/') && name.slice(0, colon) === value);
}

/** An event of the container, or of what it was refused in a network. */
function isAboutContainer(event: Event, value: string): boolean {
  if (event.type === 'container') return namesActor(event, value);
  if (event.type !== 'network' || event.action !== 'egress-denied') return false;
  const { container = '', containerName } = event.attributes;
  return containerName === value || (value.length > 0 && container.startsWith(value));
}

function hasLabel(event: Event, wanted: string): boolean {
  const at = wanted.indexOf('=');
  const name = at < 0 ? wanted : wanted.slice(0, at);
  if (!Object.hasOwn(event.attributes, name)) return false;
  return at < 0 || event.attributes[name] === wanted.slice(at + 1);
}

function namesActor(event: Event, value: string): boolean {
  return (
    event.attributes['name'] === value ||
    event.actorId === value ||
    event.actorId === `sha256:${value}` ||
    (value.length > 0 && event.actorId.replace('sha256:', '').startsWith(value))
  );
}
