import { InvalidArgumentError, printable } from '@wharf/core';

const shown = 120;

/** Text of a caller for an error message: no control characters, cut. */
export function quoted(text: string): string {
  return printable(text, shown);
}

/** The failure of a check; `facts.flag` names what the caller wrote. */
export function invalid(message: string, flag?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, flag === undefined ? {} : { facts: { flag } });
}
