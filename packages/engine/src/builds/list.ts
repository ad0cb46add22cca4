import type { BuildRecord, Filters } from '@wharf/core';
import { parseWhen } from '../images/when.js';
import { unknownFilter, unknownValue } from './unknown-filter.js';
import type { BuildsContext } from './context.js';

type Test = (record: BuildRecord) => boolean;

/** Newest first, the steps of those that run as they are now. */
export function listBuilds(
  { records, running, now }: BuildsContext,
  filters: Filters | undefined,
): readonly BuildRecord[] {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(key, values, now()));
  return records
    .list()
    .map((record) => running.get(record.id)?.record('running', '') ?? record)
    .filter((record) => tests.every((test) => test(record)));
}

function oneTest(key: string, values: readonly string[], nowMs: number): Test {
  switch (key) {
    case 'id':
    case 'ref':
      return ({ id }) => values.some((value) => id.startsWith(value));
    case 'status':
      return statusTest(values);
    case 'name':
      return ({ name }) => values.some((value) => name.includes(value));
    case 'target':
      return ({ target }) => values.includes(target);
    case 'until': {
      const limit = parseWhen(values[0] ?? '', nowMs);
      return ({ startedAt }) => startedAt.getTime() <= limit;
    }
    default:
      throw unknownFilter(key, ['id', 'name', 'ref', 'status', 'target', 'until']);
  }
}

const statuses: ReadonlyMap<string, BuildRecord['status']> = new Map([
  ['running', 'running'],
  ['completed', 'completed'],
  ['failed', 'failed'],
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
  ['error', 'failed'],
]);

function statusTest(values: readonly string[]): Test {
  const wanted = values.map((value) => {
    const status = statuses.get(value);
    if (status === undefined) throw unknownValue('status', value, [...statuses.keys()]);
    return status;
  });
  return ({ status }) => wanted.includes(status);
}
