import { InvalidArgumentError, type Entitlement } from '@wharf/core';

const known: readonly Entitlement[] = ['network.host', 'security.insecure', 'device'];

/** What --allow says; --network host allows what it asks for, as docker's. @throws InvalidArgumentError */
export function entitlementsOf({
  allow,
  network,
}: {
  readonly allow: readonly string[];
  readonly network: string;
}): Entitlement[] {
  const implied: readonly Entitlement[] = network === 'host' ? ['network.host'] : [];
  return [...new Set([...implied, ...allow.map(parseEntitlement)])];
}

/** Reads one word of --allow. @throws InvalidArgumentError */
export function parseEntitlement(text: string): Entitlement {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new InvalidArgumentError(
    `unknown entitlement ${JSON.stringify(text)}: must be one of ${known.join(', ')}`,
  );
}
