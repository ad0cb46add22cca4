import { InvalidArgumentError, type Filters } from '@wharf/core';
import { hasLabel } from '../images/filter.js';
import type { VolumeRecord } from './records.js';

type Test = (volume: VolumeRecord) => boolean;

/** A predicate for `volume ls --filter`; unknown keys and values are invalid-argument. */
export function volumeFilter(filters: Filters | undefined, isUsed: Test): Test {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(key, values, isUsed));
  return (volume) => tests.every((test) => test(volume));
}

function oneTest(key: string, values: readonly string[], isUsed: Test): Test {
  switch (key) {
    case 'driver':
      return ({ driver }) => values.includes(driver);
    case 'label':
      return ({ labels }) => values.every((value) => hasLabel(labels, value));
    case 'name':
      return ({ name }) => values.some((value) => name.includes(value));
    case 'dangling':
      return truth(key, values, (volume) => !isUsed(volume));
    case 'anonymous':
      return truth(key, values, ({ anonymous }) => anonymous);
    default:
      throw new InvalidArgumentError(`invalid filter '${key}'`);
  }
}

function truth(key: string, values: readonly string[], test: Test): Test {
  const wanted = values.map((value) => booleanOf(key, value));
  return (volume) => wanted.includes(test(volume));
}

function booleanOf(key: string, value: string): boolean {
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(value)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value)) return false;
  throw new InvalidArgumentError(`invalid filter '${key}=${value}'`);
}

/** For `volume prune`: label, label!, and `all`, which includes volumes with names. */
export function pruneFilter(filters: Filters | undefined): {
  readonly test: Test;
  readonly all: boolean;
} {
  let all = false;
  const tests = [...(filters ?? [])].flatMap(([key, values]): Test[] => {
    if (key === 'label') return [({ labels }) => values.every((one) => hasLabel(labels, one))];
    if (key === 'label!') return [({ labels }) => !values.every((one) => hasLabel(labels, one))];
    if (key !== 'all') throw new InvalidArgumentError(`invalid filter '${key}'`);
    all = values.some((value) => booleanOf(key, value));
    return [];
  });
  return { test: (volume) => tests.every((test) => test(volume)), all };
}
