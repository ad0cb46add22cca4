import { InvalidArgumentError, type CacheRecord, type Filters } from '@wharf/core';
import { parseWhen } from '../../images/when.js';
import { unknownFilter, unknownValue } from '../unknown-filter.js';

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
    case 'type': {
      const kinds = values.map((value) => kindOf(value));
      return ({ kind }) => kinds.includes(kind);
    }
    case 'description':
      return ({ description }) => values.some((value) => description.includes(value));
    case 'inuse':
      return truth(key, values, ({ inUse }) => inUse);
    case 'shared':
      return truth(key, values, ({ shared }) => shared);
    default:
      throw unknownFilter(key, [
        'description',
        'id',
        'inuse',
        'shared',
        'type',
        'until',
        'unused-for',
      ]);
  }
}

/** Our words, and those of docker for them. */
const types: ReadonlyMap<string, CacheRecord['kind']> = new Map([
  ['layer', 'layer'],
  ['tree', 'tree'],
  ['cache-mount', 'cache-mount'],
  ['image', 'image'],
  ['git', 'git'],
  ['regular', 'layer'],
  ['exec.cachemount', 'cache-mount'],
  ['source.local', 'tree'],
  ['source.git.checkout', 'git'],
]);

function kindOf(value: string): CacheRecord['kind'] {
  const kind = types.get(value);
  if (kind === undefined) throw unknownValue('type', value, [...types.keys()]);
  return kind;
}

function truth(key: string, values: readonly string[], test: Test): Test {
  const wanted = (values.length === 0 ? ['true'] : values).map((value) => {
    if (['true', '1', ''].includes(value)) return true;
    if (['false', '0'].includes(value)) return false;
    throw unknownValue(key, value, ['true', 'false']);
  });
  return (record) => wanted.includes(test(record));
}
