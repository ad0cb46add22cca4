import { InvalidArgumentError, type Filters } from '@wharf/core';
import { hasLabel } from '../images/filter.js';
import { parseWhen } from '../images/when.js';
import type { NetworkRecord } from './records.js';

type Test = (network: NetworkRecord) => boolean;

/** A predicate for `network ls --filter`; unknown keys and values are invalid-argument. */
export function networkFilter(
  filters: Filters | undefined,
  inUse: (network: NetworkRecord) => boolean,
): Test {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(key, values, inUse));
  return (network) => tests.every((test) => test(network));
}

function oneTest(
  key: string,
  values: readonly string[],
  inUse: (network: NetworkRecord) => boolean,
): Test {
  switch (key) {
    case 'driver':
      return ({ spec }) => values.includes(spec.driver);
    case 'id':
      return ({ id }) => values.some((value) => id.startsWith(value));
    case 'label':
      return ({ spec }) => values.every((value) => hasLabel(spec.labels, value));
    case 'name':
      return ({ spec }) => values.some((value) => spec.name.includes(value));
    case 'scope':
      return () => values.includes('local');
    case 'type':
      return typeTest(values);
    case 'dangling':
      return danglingTest(values, inUse);
    default:
      throw new InvalidArgumentError(`invalid filter '${key}'`);
  }
}

function typeTest(values: readonly string[]): Test {
  for (const value of values)
    if (value !== 'builtin' && value !== 'custom')
      throw new InvalidArgumentError(`invalid filter: 'type'='${value}'`);
  return ({ builtIn }) => values.includes(builtIn ? 'builtin' : 'custom');
}

function danglingTest(values: readonly string[], inUse: (network: NetworkRecord) => boolean): Test {
  const wanted = values.map((value) => {
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    throw new InvalidArgumentError(`invalid filter 'dangling=${value}'`);
  });
  return (network) => wanted.includes(!network.builtIn && !inUse(network));
}

/** For `network prune`: label, label!, until. */
export function pruneFilter(filters: Filters | undefined): Test {
  const tests = [...(filters ?? [])].map(([key, values]): Test => {
    switch (key) {
      case 'label':
        return ({ spec }) => values.every((value) => hasLabel(spec.labels, value));
      case 'label!':
        return ({ spec }) => !values.every((value) => hasLabel(spec.labels, value));
      case 'until': {
        if (values.length > 1)
          throw new InvalidArgumentError('more than one until filter specified');
        const before = parseWhen(values[0] ?? '', Date.now());
        return ({ createdAt }) => createdAt.getTime() < before;
      }
      default:
        throw new InvalidArgumentError(`invalid filter '${key}'`);
    }
  });
  return (network) => tests.every((test) => test(network));
}
