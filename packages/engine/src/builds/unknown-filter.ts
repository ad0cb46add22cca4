import { InvalidArgumentError } from '@wharf/core';

export function unknownFilter(key: string, allowed: readonly string[]): InvalidArgumentError {
  return new InvalidArgumentError(`invalid filter '${key}': use one of ${allowed.join(', ')}`);
}

export function unknownValue(
  key: string,
  value: string,
  allowed: readonly string[],
): InvalidArgumentError {
  return new InvalidArgumentError(
    `invalid filter '${key}=${value}': use one of ${allowed.join(', ')}`,
  );
}
