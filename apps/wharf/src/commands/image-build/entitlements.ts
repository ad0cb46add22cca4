import { InvalidArgumentError, type Entitlement } from '@wharf/core';

const known: readonly Entitlement[] = ['network.host', 'security.insecure', 'device'];

/** Reads --allow. @throws InvalidArgumentError */
export function parseEntitlement(text: string): Entitlement {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(
    `unknown entitlement ${JSON.stringify(text)}: must be one of ${known.join(', ')}`,
  );
}
