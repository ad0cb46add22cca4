import { InvalidArgumentError } from '@wharf/core';
import { splitPair } from '../spec/key-values.js';

/** Reads `[manifest:|index:]KEY=VALUE`. @throws InvalidArgumentError */
export function parseAnnotation(text: string): readonly [key: string, value: string] {
  const [name, value] = splitPair(text);
  const [, level, key = name] = /^([a-z,-]+(?:\[[^\]]*\])?):(.*)$/s.exec(name) ?? [];
  const known = level === undefined || level === 'manifest' || level === 'index';
  // A key may have a colon of its own only after a level: docker reads it the same way.
  if (!known) {
    throw new InvalidArgumentError(
      `invalid annotation ${JSON.stringify(text)}: the level before the colon must be manifest or index`,
    );
  }
  if (key === '' || value === undefined) {
    throw new InvalidArgumentError(`invalid annotation ${JSON.stringify(text)}: use KEY=VALUE`);
  }
  return [name, value];
}
