import { InvalidArgumentError } from '@wharf/core';

/** The whole number that a flag of that name has. @throws InvalidArgumentError */
export function integer(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text))
    throw new InvalidArgumentError(`${name} must be a whole number, not "${text}"`);
  return Number(text);
}
