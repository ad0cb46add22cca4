import { InvalidArgumentError, type CacheRecord, type Filters } from '@wharf/core';
import { parseWhen } from '../../images/when.js';

type Test = (record: CacheRecord) => boolean;

/** A predicate for `du --filter` and `prune --filter`; unknown keys and values are invalid-argument. */
export function cacheFilter(filters: Filters | undefined, nowMs: number): Test {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(key, values, nowMs));
  return (record) => tests.every((test) => test(record));
}

function oneTest(key: string, values: readonly string[], nowMs: number): Test {
  switch (key) {
    case 'until':
    case 'unused-for': {
      const [value = '', another] = values;
      if (another !== undefined)
        throw new InvalidArgumentError('more than one until filter specified');
      const limit = parseWhen(value, nowMs);
      return ({ lastUsedAt }) => lastUsedAt.getTime() <= limit;
    }
    case 'id':
      return ({ id }) => values.some((value) => id.startsWith(value));
    case 'type':
      return ({ kind }) => values.some((value) => kind === (types.get(value) ?? value));
    case 'description':
      return ({ description }) => values.some((value) => description.includes(value));
    case 'inuse':
      return truth(key, values, ({ inUse }) => inUse);
    case 'shared':
      return truth(key, values, ({ shared }) => shared);
    default:
      throw new InvalidArgumentError(`invalid filter '${key}'`);
  }
}

/** The words of docker for ours. */
const types: ReadonlyMap<string, string> = new Map([
  ['regular', 'layer'],
  ['exec.cachemount', 'cache-mount'],
  ['source.local', 'tree'],
]);

function truth(key: string, values: readonly string[], test: Test): Test {
  const wanted = (values.length === 0 ? ['true'] : values).map((value) => {
    if (['true', '1', ''].includes(value)) return true;
    if (['false', '0'].includes(value)) return false;
    throw new InvalidArgumentError(`invalid filter '${key}=${value}'`);
  });
  return (record) => wanted.includes(test(record));
}
