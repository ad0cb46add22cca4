import { InvalidArgumentError } from '@wharf/core';

/** Docker's --insecure; who may be spoken to without TLS is said to the daemon alone. */
export const insecureFlag = {
  type: 'bool',
  description: 'Not taken: name insecure registries in the configuration of the daemon',
} as const;

/** @throws InvalidArgumentError when the flag is given */
export function refuseInsecure(insecure: boolean): void {
  if (!insecure) return;
  throw new InvalidArgumentError(
    '--insecure is not taken here: name the registry in the configuration of the daemon (insecure-registries)',
  );
}
