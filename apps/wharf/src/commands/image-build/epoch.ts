import { InvalidArgumentError } from '@wharf/core';

/** Year 9999: what RFC 3339 can write. */
const latest = 253_402_300_799n;

/** Reads SOURCE_DATE_EPOCH, seconds since 1970. @throws InvalidArgumentError */
export function parseEpoch(text: string): bigint {
  if (/^[0-9]{1,12}$/.test(text) && BigInt(text) <= latest) return BigInt(text);
  throw new InvalidArgumentError(
    `invalid SOURCE_DATE_EPOCH ${JSON.stringify(text)}: must be whole seconds since 1970`,
  );
}
