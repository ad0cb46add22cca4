import { InvalidArgumentError } from '@wharf/core';

const digits = 9;
const mostCpus = 1_000_000n;

/**
 * Reads a number of processors, `1.5`, exactly.
 * @returns billionths of a processor
 * @throws InvalidArgumentError in docker's words
 */
export function parseCpus(text: string): bigint {
  const match = text.length > 40 ? null : /^\+?([0-9]*)(?:\.([0-9]*))?$/.exec(text);
  const [, whole = '', fraction = ''] = match ?? [];
  if (match === null || whole + fraction === '') {
    throw new InvalidArgumentError(`failed to parse ${text} as a rational number`);
  }
  const kept = fraction.slice(0, digits).padEnd(digits, '0');
  if (/[1-9]/.test(fraction.slice(digits))) {
    throw new InvalidArgumentError('value is too precise');
  }
  const nanos = BigInt(whole || '0') * 10n ** BigInt(digits) + BigInt(kept);
  if (nanos > mostCpus * 10n ** BigInt(digits)) {
    throw new InvalidArgumentError(`${text} processors are more than any machine has`);
  }
  return nanos;
}
