import { lookUpEnv } from '@wharf/oci';

/** What docker gives every process with a terminal: a container made without one has no TERM for it. */
const terminalType = 'TERM=xterm';

/**
 * What an exec process adds to the environment of its container. TERM is there on a terminal, unless the container or
 * the caller has one.
 */
export function execEnvironment(
  { terminal, env }: { readonly terminal: boolean; readonly env: readonly string[] },
  containerEnv: readonly string[],
): readonly string[] {
  if (!terminal || lookUpEnv(containerEnv, 'TERM') !== undefined) return env;
  return [terminalType, ...env];
}
